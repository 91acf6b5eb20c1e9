import { OPTION_LETTERS, type OptionLetter } from '@srvau/contracts';
import { foldText } from './text';

export type CorrectOption =
  | { letter: OptionLetter; note: string | null }
  /** Names no option, or more than one. */
  | { letter: null; note: string };

/** `B`, `B.`, `B)`, `B:`, `(B)`, and with text after it where a mark divides them. */
const LETTER_FORM = /^(?:\(([A-D])\)[.:]?|([A-D])(?:[.):]|$))/i;
const ALTERNATIVE = /^(?:or\b|and\b|[&/,|]|\(?[A-D]\)?(?:[.):]|$))/i;

/**
 * Tells which option an annotation calls right: by letter (`B`, `b`, `B.`, `(B)`, `B. full text`) or by the full text of
 * exactly one option. `A or B` names none. Where letter and text disagree, nobody can tell what was meant: none, too.
 */
export function readCorrectOption(annotated: string, options: readonly string[]): CorrectOption {
  const text = annotated.trim();
  const match = LETTER_FORM.exec(text);
  const letter = OPTION_LETTERS.find((candidate) => candidate === (match?.[1] ?? match?.[2])?.toUpperCase());
  if (match === null || letter === undefined) return readByText(text, options);

  const rest = text.slice(match[0].length).trim();
  if (rest === '') return { letter, note: null };
  const named = lettersOf(rest, options);
  if (named.includes(letter)) return { letter, note: null };
  if (ALTERNATIVE.test(rest)) return { letter: null, note: 'names more than one option' };
  if (named.length > 0) return { letter: null, note: `says ${letter} with the text of option ${named.join(', ')}` };
  return { letter, note: `the text after ${letter} is not that of the option` };
}

function readByText(text: string, options: readonly string[]): CorrectOption {
  const [letter, another] = lettersOf(text, options);
  if (letter === undefined) return { letter: null, note: 'neither a letter A to D nor the text of an option' };
  if (another !== undefined) return { letter: null, note: `is the text of options ${letter} and ${another}` };
  return { letter, note: null };
}

function lettersOf(text: string, options: readonly string[]): OptionLetter[] {
  const folded = foldText(text);
  return OPTION_LETTERS.filter((_, i) => options[i] !== undefined && foldText(options[i]) === folded);
}
