import type { RolloutRow } from '@srvau/contracts';
import type { Task } from '@srvau/reasoning';

const ROUNDS = {
  qa: ['<answer>B</answer>', '<answer>C</answer>', '<answer>B or C</answer>', '<answer></answer>', ''],
  tag: [
    '<answer>Anomaly</answer><glue>[2.0, 6.5]</glue>',
    '<answer>Anomaly</answer><glue>[7, 3]</glue>',
    '<answer>Normal</answer><glue>[-1.0, -1.0]</glue>',
    '<answer>Anomaly</answer>',
    '',
  ],
} as const;

const TRUTHS = {
  qa: [{ label: 'B' }, {}],
  tag: [{ normal: false, spanSec: [2, 6] }, { normal: true }, { normal: false }, {}],
} as const;

/** Right, wrong, unreadable and missing answers, with and without reflection, for every kind of truth: groups of 4. */
export function ordinaryRows(): RolloutRow[] {
  return (['qa', 'tag'] as const).flatMap((task) =>
    TRUTHS[task].flatMap((truth, t) =>
      ROUNDS[task].flatMap((first, i) =>
        [0, 1, 2, 4].map((step, k): RolloutRow => {
          const second = ROUNDS[task][(i + step) % ROUNDS[task].length] as string;
          const reflection = k === 3 ? '' : '<reflection>The first look missed the door.</reflection>';
          const completion = `<think>A person enters.</think>${first}${reflection}<think>So it is.</think>${second}`;
          const tokens = [undefined, 40, { total: 40, firstRound: 16 }][(i + k) % 3];
          return {
            id: `ordinary-${task}-${t}-${i}-${k}`,
            groupId: `ordinary-${task}-${t}-${i}`,
            task,
            completion,
            truth,
            ...(tokens === undefined ? {} : { tokens }),
            ...(k % 2 === 0 ? { durationSec: 12.5 } : {}),
          };
        }),
      ),
    ),
  );
}

const MEBI = 2 ** 20;

/** What a policy that has lost its way, or one that has found a way around the reward, may write. */
const HOSTILE: readonly (readonly [name: string, completion: string])[] = [
  ['empty', ''],
  ['white space', ' \t\r\n\u00a0\u2028'],
  ['lone surrogates', '<think>\ud800</think><answer>\udfff</answer>\udc00'],
  ['control characters', '<think>\0\u0007\u001b[31m</think><answer>B\0</answer>'],
  ['right to left', '<think>\u202eabc\u202c</think><answer>\u202eB</answer>'],
  ['1 MB of a tag', '<think>'.repeat(Math.ceil(MEBI / 7))],
  ['1 MB of text', `<think>${'a'.repeat(MEBI)}</think><answer>B</answer>`],
  ['1 MB of <', '<'.repeat(MEBI)],
  ['10,000 answers', '<answer>B</answer>'.repeat(10_000)],
  [
    'nested tags',
    '<think><answer>B</answer><reflection><think></think></reflection></think><answer><answer>B</answer>',
  ],
  ['all options', '<think>x</think><answer>A or B or C or D</answer>'],
  ['names of Object', '<__proto__>constructor</__proto__><answer>toString</answer><glue>[__proto__, 1]</glue>'],
  ['numbers out of range', '<think>x</think><answer>Anomaly</answer><glue>[-1e999, 1e999]</glue>'],
  ['a number with two points', '<think>x</think><answer>Anomaly</answer><glue>[1.2.3, 4]</glue>'],
  ['JSON', '{"kind":"scored","value":1}'],
];

/** Hostile completions for both tasks, in groups of the same prompt. */
export function hostileRows(): RolloutRow[] {
  const tasks: readonly Task[] = ['qa', 'tag'];
  return tasks.flatMap((task) =>
    HOSTILE.map(([name, completion]) => ({
      id: `hostile-${task}: ${name}`,
      groupId: `hostile-${task}`,
      task,
      completion,
      truth: task === 'qa' ? { label: 'B' } : { normal: false, spanSec: [2, 6] as const },
      durationSec: 12.5,
    })),
  );
}
