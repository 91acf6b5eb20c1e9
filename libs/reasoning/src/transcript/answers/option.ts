/** A letter alone, with a mark behind it, or in parentheses. */
const LETTER_FORM = /^(?:\(([A-Z])\)[.:]?|([A-Z])(?:[.):]|$))/i;
/** Right after the first form: a second letter by itself, whatever joins them. */
const SECOND_LETTER = /^(?:(?:or|and)\b|[&/,|;+])?\s{0,8}\(?([A-Z])\)?(?=[.):,;/|&+]|\s{0,8}$|\s{1,8}(?:or|and)\b)/i;
/** Right after the first form: "or B …". A lower-case "a" would be an article. */
const JOINED_LETTER = /^(?:[oO][rR]|[aA][nN][dD]|[&/|+])\s{0,8}\(?([A-Z])\b/;
/** Further on: "…, C. another text". */
const LATER_ITEM = /(?:[\n,;/|]|\b(?:or|and|OR|AND)\b)\s{0,8}\(?([A-Z])[.):]\s{0,8}[^\s]/g;

/**
 * Reads which option an answer names: `B`, `B.`, `(B)`, `B)`, `B:`, and any of these marks with text after it
 * (`B. full text`). Letter case does not matter. An answer that names several (`A or B`, `A, B`, `A. one, B. two`) names
 * none, nor does a letter with text but no mark between (`A man`). Whether the question has such an option is for the
 * caller to know.
 *
 * @returns `A`…`Z`
 */
export function readOption(answer: string): string | undefined {
  const text = answer.trim();
  const match = LETTER_FORM.exec(text);
  const letter = (match?.[1] ?? match?.[2])?.toUpperCase();
  if (match === null || letter === undefined || match[0].length === text.length) return letter;
  return namesAnother(text.slice(match[0].length).trim(), letter) ? undefined : letter;
}

function namesAnother(rest: string, letter: string): boolean {
  const isAnother = (found: string | undefined): boolean => found !== undefined && found.toUpperCase() !== letter;
  if (isAnother(SECOND_LETTER.exec(rest)?.[1]) || isAnother(JOINED_LETTER.exec(rest)?.[1])) return true;
  for (const [, found] of rest.matchAll(LATER_ITEM)) if (isAnother(found)) return true;
  return false;
}
