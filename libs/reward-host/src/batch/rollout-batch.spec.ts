import fc from 'fast-check';
import { readRollouts } from '@srvau/contracts';
import { row } from '../../test/plugins';
import { unpackRollouts } from './packed-rollouts';
import { RolloutBatch } from './rollout-batch';

const ofGroups = (groups: readonly string[]): RolloutBatch =>
  new RolloutBatch(groups.map((groupId, i) => row({ id: String(i), groupId })));

describe('RolloutBatch', () => {
  it('parses once, what did not parse too, and freezes for others', () => {
    const rows = readRollouts(
      ['', '\ud800<answer>', '<think>'.repeat(1000)].map((completion) => row({ completion })),
      'r',
    );
    const batch = new RolloutBatch(rows);
    expect(batch.rollouts).toBe(batch.rollouts);
    expect(batch.rollouts.map(({ completion }) => completion)).toEqual(rows.map(({ completion }) => completion));
    expect(batch.rollouts.every(({ transcript }) => !transcript.wellFormed)).toBe(true);
    expect(Object.isFrozen(batch.rollouts)).toBe(false);
    expect(batch.frozenRollouts).toBe(batch.rollouts);
    const frozen = [batch.rollouts, batch.rollouts[0], batch.rollouts[1]?.transcript.faults[0]];
    expect(frozen.map((value) => value !== undefined && Object.isFrozen(value))).toEqual([true, true, true]);
  });

  it('packs what is parsed as it is, and of the rest every other row parsed', () => {
    const unpacked = (batch: RolloutBatch): unknown =>
      [...batch.packed].flatMap((piece) => unpackRollouts(piece, batch.grammar));
    const rows = Array.from({ length: 5 }, (_, i) => row({ id: `${i}`, completion: `<answer>${i}</answer>` }));
    const [fresh, parsed] = [new RolloutBatch(rows, 'direct'), new RolloutBatch(rows, 'direct')];
    const { rollouts } = parsed;
    expect(unpacked(fresh)).toEqual(rollouts);
    expect(unpacked(parsed)).toEqual(rollouts);
    expect(fresh.packed).toBe(fresh.packed);
    const lengthOf = (batch: RolloutBatch): number => [...batch.packed].reduce((sum, piece) => sum + piece.length, 0);
    expect(lengthOf(fresh)).toBeLessThan(lengthOf(parsed));
    expect(fresh.rollouts).toEqual(rollouts);
  });

  it('parses by the grammar it was given', () => {
    const single = new RolloutBatch([row()], 'single');
    expect(single.rollouts[0]?.transcript).toMatchObject({ grammar: 'single', wellFormed: true });
    expect(new RolloutBatch([row()]).rollouts[0]?.transcript).toMatchObject({
      grammar: 'reflective',
      wellFormed: false,
    });
  });

  it('knows what its lengths are counted in', () => {
    expect(new RolloutBatch([]).lengthUnit).toBeUndefined();
    expect(new RolloutBatch([row(), row()]).lengthUnit).toBe('words');
    expect(new RolloutBatch([row({ tokens: 3 })]).lengthUnit).toBe('tokens');
    expect(new RolloutBatch([row({ tokens: { total: 3, firstRound: 1 } }), row()]).lengthUnit).toBe('mixed');
  });

  it('puts groups together and outcomes back', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), fc.boolean(), (groups, parsedBefore) => {
        const batch = ofGroups(groups);
        if (parsedBefore) expect(batch.rollouts).toHaveLength(groups.length);
        const { batch: ordered, restore } = batch.byGroups();
        const order = ordered.rows.map(({ groupId }) => groupId);
        expect(order.filter((group, i) => group !== order[i - 1])).toEqual([...new Set(groups)]);
        expect(ordered.rollouts.map(({ id }) => id)).toEqual(ordered.rows.map(({ id }) => id));
        const outcomes = ordered.rows.map(({ id }) => ({ kind: 'scored' as const, value: Number(id) }));
        expect(restore(outcomes)).toEqual(groups.map((_, i) => ({ kind: 'scored', value: i })));
      }),
      { seed: 7 },
    );
  });

  it('is itself where its groups are together already', () => {
    const batch = ofGroups(['a', 'a', 'b']);
    expect(batch.byGroups().batch).toBe(batch);
  });
});
