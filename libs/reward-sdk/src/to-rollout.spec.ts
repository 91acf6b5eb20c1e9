import fc from 'fast-check';
import type { RolloutRow } from '@srvau/contracts';
import { toRollout, toRollouts } from './to-rollout';
import { countWords } from './word-count';

const row = (more: Partial<RolloutRow> = {}): RolloutRow => ({
  id: 'r',
  groupId: 'g',
  task: 'qa',
  // 4 of 8 words are in the first round.
  completion:
    '<think>one two three</think> <answer>B</answer> <reflection>x</reflection> <think>y z</think> <answer>C</answer>',
  truth: { label: 'B' },
  ...more,
});

describe('toRollout', () => {
  it('parses', () => {
    const rollouts = toRollouts([row({ durationSec: 3, truth: { normal: false, spanSec: [1, 2] } }), row()]);
    expect(rollouts[0]).toMatchObject({ durationSec: 3, truth: { normal: false, span: { startSec: 1, endSec: 2 } } });
    expect(rollouts[1]).toMatchObject({
      transcript: { wellFormed: true, firstAnswer: { option: 'B' } },
      truth: { label: 'B' },
    });
    expect(rollouts[1]).not.toHaveProperty('durationSec');
  });

  it('parses under the grammar that is given', () => {
    expect(toRollout(row(), { grammar: 'single' }).transcript).toMatchObject({ grammar: 'single', wellFormed: false });
  });

  it.each([
    ['counted', { total: 40, firstRound: 30 }, { total: 40, firstRound: 30, unit: 'tokens' }],
    ['counted in all', 50, { total: 50, firstRound: 25, unit: 'tokens' }],
    ['counted in all, odd', 7, { total: 7, firstRound: 4, unit: 'tokens' }],
    ['none at all', 0, { total: 0, firstRound: 0, unit: 'tokens' }],
  ])('takes lengths from tokens: %s', (_, tokens, lengths) => {
    expect(toRollout(row({ tokens })).lengths).toEqual(lengths);
  });

  it('counts words where there are no tokens', () => {
    expect(toRollout(row()).lengths).toEqual({ total: 8, firstRound: 4, unit: 'words' });
    expect(toRollout(row({ completion: '' })).lengths).toEqual({ total: 0, firstRound: 0, unit: 'words' });
    expect(toRollout(row({ completion: '', tokens: 3 })).lengths).toEqual({ total: 3, firstRound: 0, unit: 'tokens' });
  });
});

describe('countWords', () => {
  it('takes for white space what regular expressions do, for every code unit', () => {
    for (let unit = 0; unit < 0x1_0000; unit++) {
      const char = String.fromCharCode(unit);
      if (countWords(char, 1).total === (/\s/.test(char) ? 0 : 1)) continue;
      throw new Error(`U+${unit.toString(16)}`);
    }
  });

  it('counts long texts too, wherever their pieces end', () => {
    for (const length of [0x3fff, 0x4000, 0x4001, 0x8000, 100_000]) {
      const text = 'ab '.repeat(length / 3 + 1).slice(0, length);
      for (const end of [0, 0x3fff, 0x4000, 0x4002, length]) {
        const before = Math.ceil(Math.min(end, length) / 3);
        expect(countWords(text, end)).toEqual({ total: Math.ceil(length / 3), before });
      }
    }
  });

  it('agrees with splitting', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\u2003', '<', '\ud800') });
    fc.assert(
      fc.property(text, fc.nat(30), (given, end) => {
        const words = [...given.matchAll(/\S+/g)];
        expect(countWords(given, end)).toEqual({
          total: words.length,
          before: words.filter(({ index }) => index < end).length,
        });
      }),
    );
  });
});
