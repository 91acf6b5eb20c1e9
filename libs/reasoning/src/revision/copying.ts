import type { RevisionFault, RevisionLimits } from './revision';
import { wordsOf } from './words';

/** Words of a run that is looked up. Shorter ones ("in front of the") come up in any two texts about one video. */
const RUN = 4;

export interface Copied {
  /** Length of the longest run of words that stands in the source. */
  longestRunWords: number;
  /** Of the text's runs of four words, those that stand in the source; 0 to 1. */
  share: number;
}

/** How much of a text stands word by word in a source. Time and memory grow linearly with both. */
export function copiedFrom(source: string, text: string): Copied {
  const theirs = wordsOf(source);
  const ours = wordsOf(text);
  const known = new Set<string>();
  for (let i = 0; i + RUN <= theirs.length; i += 1) known.add(runAt(theirs, i));
  let copied = 0;
  let current = 0;
  let longest = 0;
  for (let i = 0; i + RUN <= ours.length; i += 1) {
    const hit = known.has(runAt(ours, i));
    copied += Number(hit);
    current = hit ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  const runs = Math.max(0, ours.length - RUN + 1);
  // k runs in a row are k + 3 words; of two sources of runs that only meet here, never mind.
  return { longestRunWords: longest === 0 ? 0 : longest + RUN - 1, share: runs === 0 ? 0 : copied / runs };
}

/** What annotators wrote is the teacher's alone; what the policy learns has to be seen in the video. */
export function checkCopying(
  facts: string,
  text: string,
  { maxCopiedRunWords, maxCopiedShare }: RevisionLimits,
): RevisionFault[] {
  const { longestRunWords, share } = copiedFrom(facts, text);
  const faults: string[] = [];
  if (longestRunWords > maxCopiedRunWords) faults.push(`${longestRunWords} words in a row`);
  if (share > maxCopiedShare) faults.push(`${Math.round(share * 100)} % of the text`);
  if (faults.length === 0) return [];
  const message = `expected your own words, received ${faults.join(' and ')} out of the facts as they stand`;
  return [{ code: 'copied-facts', message }];
}

const runAt = (words: readonly string[], at: number): string => words.slice(at, at + RUN).join(' ');
