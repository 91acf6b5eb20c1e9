import type { RolloutRow } from '@srvau/contracts';

/** A well-formed completion of a question: right at once, or after the reflection. */
export const qaCompletion = (first: string, final: string, thought = 'a man walks'): string =>
  `<think>${thought}</think><answer>${first}</answer><reflection>look again</reflection><think>${thought}</think><answer>${final}</answer>`;

export const tagCompletion = (startSec: number, endSec: number): string =>
  ['', 'again']
    .map((thought) => `<think>he ${thought}falls</think><answer>Anomaly</answer><glue>[${startSec}, ${endSec}]</glue>`)
    .join('<reflection>yes</reflection>');

/** Questions whose right answer is B, four rollouts a group; every second one answers A first. */
export function qaRollouts(count: number, change: Partial<RolloutRow> = {}): RolloutRow[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    groupId: `g${Math.floor(i / 4)}`,
    task: 'qa',
    completion: qaCompletion(i % 2 === 0 ? 'B' : 'A', 'B'),
    truth: { label: 'B' },
    ...change,
  }));
}
