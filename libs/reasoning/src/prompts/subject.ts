import { SrvauError } from '@srvau/contracts';

/** A question about a video with lettered options, the first being A. */
export interface QaSubject {
  readonly task: 'qa';
  readonly question: string;
  /** 2 to 26. */
  readonly options: readonly string[];
}

/** Whether anything anomalous happens in a video, and when. */
export interface TagSubject {
  readonly task: 'tag';
  /** Told to the model where given. */
  readonly durationSec?: number;
}

export type Subject = QaSubject | TagSubject;

const MAX_OPTIONS = 26;
const NUMBER_WORDS = ['', '', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** @param index from 0, at most 25. */
export const letterOf = (index: number): string => String.fromCharCode(65 + index);

/**
 * What the templates are filled with.
 *
 * @throws SrvauError INVALID_REQUEST: an empty question or option, fewer than 2 or more than 26 options, a duration that
 *   is not positive and finite.
 */
export function valuesOf(subject: Subject): Record<string, string> {
  if (subject.task === 'tag') return { video: describeVideo(subject) };
  const { question, options } = subject;
  requireText('question', question);
  if (options.length < 2 || options.length > MAX_OPTIONS) {
    throw SrvauError.mismatch('INVALID_REQUEST', 'options', `2 to ${MAX_OPTIONS} options`, String(options.length));
  }
  options.forEach((option, i) => requireText(`options[${i}]`, option));
  const letters = options.map((_, i) => letterOf(i));
  return {
    question: question.trim(),
    options: options.map((option, i) => `${letterOf(i)}. ${oneLine(option)}`).join('\n'),
    count: NUMBER_WORDS[options.length] ?? String(options.length),
    letters: letters.join(', '),
    choices: letters.join('/'),
    range: `A–${letterOf(options.length - 1)}`,
  };
}

function describeVideo({ durationSec }: TagSubject): string {
  if (durationSec === undefined) return '';
  if (!(durationSec > 0 && Number.isFinite(durationSec))) {
    throw SrvauError.mismatch('INVALID_REQUEST', 'durationSec', 'a positive number of seconds', String(durationSec));
  }
  return `\n\nThe video lasts ${durationSec.toFixed(1)} seconds.`;
}

function requireText(field: string, text: string): void {
  if (text.trim() === '') throw SrvauError.mismatch('INVALID_REQUEST', field, 'text', 'white space alone');
}

/** An option with a line break could pass for two. */
const oneLine = (text: string): string => text.trim().split(/\s+/).join(' ');
