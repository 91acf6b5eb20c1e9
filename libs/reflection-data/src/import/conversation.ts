import { describe, isObject, type JsonObject, SrvauError } from '@srvau/contracts';
import type { ExportFormat } from '../export/formats';

/** What a row of a trainer's file says. */
export interface Conversation {
  /** Last turn of the user. */
  question: string;
  /** The assistant's answer to it. */
  answer: string;
  /** Of the first video; undefined where the row names none. */
  video: string | undefined;
}

/**
 * Reads a row for `trl`, `ms-swift` or `llama-factory`. Turns may be texts or lists of parts, ShareGPT's own names of roles and
 * fields are understood.
 *
 * @throws SrvauError UNPROCESSABLE where there is no answer, or no question before it.
 */
export function readConversation(row: unknown, format: ExportFormat, where: string): Conversation {
  if (!isObject(row)) throw SrvauError.mismatch('UNPROCESSABLE', where, 'a JSON object', describe(row));
  const turns = turnsOf(row, format, where);
  const at = turns.findLastIndex(({ role }) => role === 'assistant');
  const answer = turns[at]?.text;
  if (answer === undefined) throw bad(where, 'a turn of the assistant', turns.length);
  const question = turns.slice(0, at).findLast(({ role }) => role === 'user')?.text;
  if (question === undefined) throw bad(where, 'a turn of the user before the answer', turns.length);
  return { question, answer, video: videoOf(row) };
}

interface PlainTurn {
  role: string;
  text: string;
}

const ROLES: Readonly<Record<string, string>> = { human: 'user', gpt: 'assistant' };

function turnsOf(row: JsonObject, format: ExportFormat, where: string): PlainTurn[] {
  if (format === 'trl' && row['prompt'] !== undefined) {
    return [
      ...readTurns(row['prompt'], 'user', `${where}: prompt`),
      ...readTurns(row['completion'], 'assistant', `${where}: completion`),
    ];
  }
  const field = row['messages'] === undefined && row['conversations'] !== undefined ? 'conversations' : 'messages';
  return readTurns(row[field], 'user', `${where}: ${field}`);
}

function readTurns(value: unknown, role: string, where: string): PlainTurn[] {
  if (typeof value === 'string') return [{ role, text: value }];
  if (!Array.isArray(value)) throw SrvauError.mismatch('UNPROCESSABLE', where, 'a list of turns', describe(value));
  return value.map((turn: unknown, i) => {
    const given = isObject(turn) ? (turn['role'] ?? turn['from']) : undefined;
    const content = isObject(turn) ? (turn['content'] ?? turn['value']) : undefined;
    const text = textOf(content);
    if (typeof given === 'string' && text !== undefined) return { role: ROLES[given] ?? given, text };
    throw SrvauError.mismatch('UNPROCESSABLE', `${where}[${i}]`, 'a turn with role and content', describe(turn));
  });
}

function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.filter(isObject).map((part) => part['text']);
  return texts.filter((text) => typeof text === 'string').join('');
}

function videoOf(row: JsonObject): string | undefined {
  const { videos, video } = row as { videos?: unknown; video?: unknown };
  const first: unknown = Array.isArray(videos) ? videos[0] : (videos ?? video);
  return typeof first === 'string' && first !== '' ? first : undefined;
}

const bad = (where: string, expected: string, turns: number): SrvauError =>
  SrvauError.mismatch('UNPROCESSABLE', where, expected, `${turns} turns without one`);
