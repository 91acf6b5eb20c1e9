import { renderSpan } from '../transcript/render-transcript';
import type { RevisionFault, RevisionTruth } from './revision';
import { isFunctionWord, wordsOf } from './words';

/** Ways to name an option by its letter; each has the letter as its one group. Letters count in upper case alone. */
const NAMING = [
  /\b(?:option|choice|answer|letter)\s*(?:is|was|be|should be|must be|would be|has to be|:|=)?\s*["'([]{0,2}([a-z])\b/gi,
  /\(([A-Z])\)/g,
  /\b([A-Z])\s+(?:is|was|would be|must be)\s+(?:the\s+)?(?:correct|right|true|best|answer)\b/g,
  /\b(?:correct|right|true)\s+(?:one|letter|answer|option|choice)?\s*(?:is|:)\s*([A-Z])\b/g,
];
/** Words that speak of answering, not of the video. */
const ABOUT_ANSWERS: ReadonlySet<string> = new Set(
  (
    'answer answers answered option options choice choices letter correct right wrong incorrect true false best initial ' +
    'reasoning first question reflection response normal anomaly anomalous verdict span seconds a b c d e'
  ).split(' '),
);
/** Fewer words than these about the video itself are no reflection on it. */
const MIN_CONTENT_WORDS = 4;

/** The policy that learns from the reflection is never given the truth. */
const SPEAKS_OF_TRUTH = [
  /\bground[- ]?truth\b/i,
  /\bannotat(?:ed|ion|ions|or|ors)\b/i,
  /\b(?:given|provided|supplied|stated|known)\s+(?:as\s+)?(?:the\s+)?(?:correct|right|true)\s+(?:answer|option|label)\b/i,
  /\b(?:correct|right|true)\s+(?:answer|option|label)\s+(?:is|was|has been)\s+(?:given|provided|supplied|told)\b/i,
  /\b(?:these|the|my|your)\s+(?:instructions|prompt)\b/i,
  /\bas an? (?:ai|language model|assistant)\b/i,
];

/** What of the truth shows in a reflection. */
export function checkTraces(reflection: string, reasoning: string, truth: RevisionTruth): RevisionFault[] {
  const faults: RevisionFault[] = [];
  if (saysNothingElse(reflection, truth)) {
    const message =
      'reflection: expected what is weak in the reasoning about the video, received little but the answer';
    faults.push({ code: 'reflection-only-answer', message });
  }
  const stated = truth.path === 'correct' ? statedAnswer(reflection, truth) : undefined;
  if (stated !== undefined) {
    const message = `reflection: expected the weakness of the reasoning rather than the right answer, received ${stated}`;
    faults.push({ code: 'reflection-states-answer', message });
  }
  for (const [where, text] of [
    ['reflection', reflection],
    ['think', reasoning],
  ] as const) {
    const found = SPEAKS_OF_TRUTH.map((pattern) => pattern.exec(text)?.[0]).find((match) => match !== undefined);
    if (found === undefined) continue;
    faults.push({
      code: 'mentions-truth',
      message: `${where}: expected words of somebody who was not given the truth, received "${found}"`,
    });
  }
  return faults;
}

function statedAnswer(reflection: string, truth: RevisionTruth): string | undefined {
  if (truth.task === 'tag') {
    const span = truth.span === undefined ? undefined : renderSpan(truth.span);
    return span !== undefined && reflection.includes(span) ? span : undefined;
  }
  for (const pattern of NAMING) {
    for (const [phrase, letter] of reflection.matchAll(pattern)) {
      if (letter === truth.correctOption) return `"${phrase}"`;
    }
  }
  return undefined;
}

/** Of the reflection's words none but the option's own, those of answering and those of grammar. */
function saysNothingElse(reflection: string, truth: RevisionTruth): boolean {
  const option = truth.task === 'qa' ? (truth.options[truth.correctOption.charCodeAt(0) - 65] ?? '') : '';
  const ofOption = new Set(wordsOf(option));
  const rest = wordsOf(reflection).filter(
    (word) => !isFunctionWord(word) && !ABOUT_ANSWERS.has(word) && !ofOption.has(word) && !/^\d/.test(word),
  );
  return new Set(rest).size < MIN_CONTENT_WORDS;
}
