const WORD = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;

/** Runs of letters and digits in lower case, in the order of the text; `don't` and `left-hand` are one each. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** The most frequent words of English prose: about two fifths of any text. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    'the a an and or but nor so yet if then than that this these those there here it its they them their he she his her we i ' +
    'you of to in on at by for from with without into onto over under out up down off as is are was were be been being am ' +
    'has have had do does did not no can could will would shall should may might must who which what when where why how ' +
    'all any both each more most other some such only also just while before after during because until between through ' +
    'about against near one two'
  ).split(' '),
);

export const isFunctionWord = (word: string): boolean => FUNCTION_WORDS.has(word);
