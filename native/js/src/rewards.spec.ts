import { groupAdvantages, learningRateMultiplier, softOverlongPenalty } from '.';

describe('advantages', () => {
  it('are relative to the group; who abstains adds nothing', () => {
    const { values, components, zeroVarianceRate } = groupAdvantages({
      scores: [
        [0, 1],
        [1, 1],
        [null, 0],
        [null, 0],
      ],
      weights: [1, 0.5],
      groups: [7, 7, -1, -1],
    });
    const half = 0.5 / (Math.SQRT1_2 + 1e-4);
    expect(values[0]).toBeCloseTo(-half, 12);
    expect(values[1]).toBeCloseTo(half, 12);
    expect(values.slice(2)).toEqual([0, 0]);
    expect(components[0]).toMatchObject({ mean: 0.5, scored: 2 });
    expect(components[1]).toMatchObject({ mean: 0.5, scored: 4 });
    expect(zeroVarianceRate).toBe(0.5);
  });

  it('refuse sizes that do not fit together and options that there are not', () => {
    const rewards = { scores: [[1], [2]], weights: [1], groups: [0] };
    expect(() => groupAdvantages(rewards)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    const scale = 'everything' as 'none';
    expect(() => groupAdvantages({ ...rewards, groups: [0, 0] }, { scale })).toThrow(/none, group, batch for scale/);
    expect(() => groupAdvantages({ ...rewards, groups: [0, 0.5] })).toThrow(/safe integers/);
  });
});

describe('schedules and penalties', () => {
  it('warm up and fall', () => {
    const schedule = { kind: 'linear', totalSteps: 10, warmupSteps: 2 } as const;
    expect([0, 1, 2, 6, 10].map((step) => learningRateMultiplier(schedule, step))).toEqual([0, 0.5, 1, 0.5, 0]);
    expect(learningRateMultiplier({}, 1000)).toBe(1);
    expect(() => learningRateMultiplier({ kind: 'linear' }, -1)).toThrow(
      /integer from 0 to 9007199254740991 for step but received -1/,
    );
  });

  it('grow towards the longest completion', () => {
    const options = { maxTokens: 100, softTokens: 20 };
    expect([50, 80, 90, 100, 200].map((tokens) => softOverlongPenalty(tokens, options))).toEqual([0, 0, -0.5, -1, -1]);
  });
});
