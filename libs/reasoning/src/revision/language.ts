import type { RevisionFault } from './revision';
import { isFunctionWord, wordsOf } from './words';

/** Names may be foreign, sentences may not. */
const MIN_LATIN_SHARE = 0.8;
/** English prose has two in five; other languages in Latin letters share `a`, `in`, `on`, `an`, `die`, and hardly reach one in ten. */
const MIN_FUNCTION_SHARE = 0.15;
/** Shares of fewer words say nothing. */
const MIN_WORDS = 12;

/** Tells other languages by their letters and by the words that any English text is full of. */
export function checkEnglish(text: string): RevisionFault[] {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (letters > 0 && latin / letters < MIN_LATIN_SHARE) {
    return [{ code: 'language', message: 'expected English, received text in another script' }];
  }
  const words = wordsOf(text);
  if (words.length < MIN_WORDS) return [];
  const share = words.filter(isFunctionWord).length / words.length;
  if (share >= MIN_FUNCTION_SHARE) return [];
  return [{ code: 'language', message: 'expected English, received text that does not read like it' }];
}
