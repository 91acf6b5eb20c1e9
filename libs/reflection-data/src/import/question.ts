import { VIDEO_PLACE } from '../export/placeholders';

/** A multiple-choice question as it stands in a prompt. */
export interface ReadQuestion {
  question: string;
  options: string[];
}

const OPTION = /^\s*\(?([A-Z])[.):]\)?\s+(\S.*)$/;
const LABEL = /^\s*(?:question|options|choices|answer choices)\s*:\s*/i;

/**
 * Finds question and options in a prompt: the last run of lines `A. …`, `B. …` and so on, and the text before it, from
 * `Question:` on where that stands there.
 *
 * @returns undefined where there are not two options, or nothing before them.
 */
export function readQuestion(prompt: string): ReadQuestion | undefined {
  const lines = prompt.replaceAll(VIDEO_PLACE, '').split('\n');
  const start = lines.findLastIndex((line) => OPTION.exec(line)?.[1] === 'A');
  if (start < 0) return undefined;
  const options: string[] = [];
  for (const line of lines.slice(start)) {
    const [, letter, text] = OPTION.exec(line) ?? [];
    if (letter !== String.fromCharCode(65 + options.length) || text === undefined) break;
    options.push(text.trim());
  }
  const before = lines.slice(0, start);
  const asked = before.findLastIndex((line) => /^\s*question\s*:/i.test(line));
  const question = before
    .slice(Math.max(0, asked))
    .map((line) => line.replace(LABEL, ''))
    .join('\n')
    .trim();
  return options.length < 2 || question === '' ? undefined : { question, options };
}
