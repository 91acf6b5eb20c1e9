import { parseTranscript } from '../transcript/parse-transcript';
import type { Task, Transcript } from '../transcript/transcript';
import type { RevisionFault } from './revision';

/** Stands before a reply, so that the two together are what the grammar of transcripts describes. */
const FIRST_ROUND: Readonly<Record<Task, string>> = {
  qa: '<think>-</think><answer>A</answer>',
  tag: '<think>-</think><answer>Normal</answer><glue>[-1.0, -1.0]</glue>',
};
const FORM: Readonly<Record<Task, string>> = {
  qa: '<reflection>…</reflection><think>…</think><answer>…</answer>',
  tag: '<reflection>…</reflection><think>…</think><answer>…</answer><glue>[start, end]</glue>',
};
const MAX_NAMED_FAULTS = 3;

/** HTML pages and JSON objects: an endpoint, or a teacher, that answers something else altogether. */
const FOREIGN = /^\s*(?:<!doctype|<html|<\?xml|[{[]\s*["{[]|```)/i;
const HTML_TAG = /<\/?[a-z][a-z0-9]{0,20}(?:\s[^<>]{0,200})?\/?>/i;

export type ReadReply = { readonly transcript: Transcript } | { readonly fault: RevisionFault };

/** Reads a reply as the second half of a transcript. */
export function readReply(reply: string, task: Task): ReadReply {
  if (reply.trim() === '') return { fault: { code: 'empty', message: 'expected a reply, received nothing' } };
  const foreign = FOREIGN.exec(reply);
  if (foreign !== null) {
    const received = JSON.stringify(reply.trim().slice(0, 20));
    return {
      fault: { code: 'markup', message: `expected ${FORM[task]} alone, received a reply that begins ${received}` },
    };
  }
  const prefix = FIRST_ROUND[task];
  const transcript = parseTranscript(prefix + reply, { grammar: 'reflective', task });
  if (transcript.wellFormed) return { transcript };
  const named = transcript.faults
    .filter(({ code }) => code !== 'unreadable-answer' && code !== 'unreadable-span')
    .slice(0, MAX_NAMED_FAULTS)
    .map(({ message, start }) => `at character ${Math.max(0, start - prefix.length)} ${message}`);
  return { fault: { code: 'grammar', message: `expected ${FORM[task]} alone; ${named.join('; ')}` } };
}

/** Markup inside of a text; it would be taught with it. */
export function checkMarkup(text: string, where: string): RevisionFault | undefined {
  const found = HTML_TAG.exec(text)?.[0] ?? (text.includes('```') ? '```' : undefined);
  if (found === undefined) return undefined;
  return { code: 'markup', message: `${where}: expected plain text, received ${found.slice(0, 40)}` };
}
