import { GRAMMARS } from '@srvau/reasoning';
import { toRollouts } from '@srvau/reward-sdk';
import { row } from '../../test/plugins';
import { freezeRollouts } from './freeze-rollouts';

/** Paths of what could still be changed. */
function notFrozen(value: unknown, path = ''): string[] {
  if (value === null || typeof value !== 'object') return [];
  const inside = Object.entries(value).flatMap(([key, item]) => notFrozen(item, `${path}.${key}`));
  return Object.isFrozen(value) ? inside : [path, ...inside];
}

it.each(GRAMMARS)('leaves nothing that can be changed: %s', (grammar) => {
  const answer = '<think>t</think><answer>Anomaly</answer><glue>[1.0, 2.0]</glue>';
  const rows = [
    row({ tokens: { total: 4, firstRound: 2 }, durationSec: 3 }),
    row({ task: 'tag', completion: `${answer}<reflection>r</reflection>${answer}`, truth: { spanSec: [1, 2] } }),
    row({ task: 'tag', completion: `stray <think></think><answer>?${answer}`, truth: { normal: true } }),
    row({ completion: '', truth: {} }),
  ];
  const rollouts = toRollouts(rows, { grammar });
  expect(notFrozen(rollouts)).not.toEqual([]);
  expect(notFrozen(freezeRollouts(rollouts))).toEqual([]);
});
