import { GRAMMARS } from '@srvau/reasoning';
import { toRollouts } from '@srvau/reward-sdk';
import { notFrozen } from '../../test/frozen';
import { row } from '../../test/plugins';
import { freezeRollouts } from './freeze-rollouts';

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
