import fc from 'fast-check';
import { checkScores, failAll } from './check-scores';
import { abstain, scored } from './score';
import { rollout } from './testing/rollout';

const range = { min: 0, max: 1 };
const batch = ['a', 'b'].map((id) => rollout({ id }));
const check = (scores: unknown): unknown => checkScores('task@1', range, batch, scores);
const failures = (error: string): unknown => batch.map(() => ({ kind: 'failed', error: `task@1: ${error}` }));

describe('checkScores', () => {
  it('passes scores and abstentions on, as plain data of its own', () => {
    const given = [scored(0.5, { a: 1 }), abstain('no label')];
    const outcomes = check(given) as object[];
    expect(outcomes).toEqual(given);
    expect(outcomes[0]).not.toBe(given[0]);
  });

  it('makes 0 of -0, drops what is not asked for', () => {
    expect(
      check([
        { kind: 'scored', value: -0, parts: { a: -0 }, extra: 1 },
        { kind: 'abstained', because: 'x', y: 1 },
      ]),
    ).toStrictEqual([
      { kind: 'scored', value: 0, parts: { a: 0 } },
      { kind: 'abstained', because: 'x' },
    ]);
  });

  it.each([
    [undefined, 'expected a list of scores, received nothing'],
    [{ length: 2 }, 'expected a list of scores, received an object with keys length'],
    [[scored(1)], 'expected 2 scores, received 1'],
    [[], 'expected 2 scores, received 0'],
    [new Array(3), 'expected 2 scores, received 3'],
  ])('fails every row of an answer that is no list of the right length: %p', (scores, error) => {
    expect(check(scores)).toEqual(failures(error));
  });

  it.each([
    [0.5, 'expected scored(…) or abstain(…), received 0.5 (number)'],
    [null, 'expected scored(…) or abstain(…), received null'],
    [Promise.resolve(scored(1)), 'expected scored(…) or abstain(…), received a promise; await Promise.all(…)'],
    [{ kind: 'failed', error: 'x' }, 'expected kind "scored" or "abstained", received "failed" (string)'],
    [{ value: 1 }, 'expected kind "scored" or "abstained", received nothing'],
    [scored(NaN), 'expected a value in [0, 1], received NaN (number)'],
    [scored(1.5), 'expected a value in [0, 1], received 1.5 (number)'],
    [scored(-0.1), 'expected a value in [0, 1], received -0.1 (number)'],
    [{ kind: 'scored', value: '1' }, 'expected a value in [0, 1], received "1" (string)'],
    [{ kind: 'scored', value: 1n }, 'expected a value in [0, 1], received 1 (bigint)'],
    [scored(1, { a: Infinity }), 'expected a finite number in parts.a, received Infinity (number)'],
    [{ kind: 'scored', value: 1, parts: [1] }, 'expected parts as an object of numbers, received an array of 1'],
    [abstain(''), 'expected a reason of 1 to 200 characters for abstaining, received "" (string)'],
    [{ kind: 'abstained' }, 'expected a reason of 1 to 200 characters for abstaining, received nothing'],
  ])('fails the row of %p, and no other', (score, error) => {
    expect(check([scored(1), score])).toEqual([scored(1), { kind: 'failed', error: `task@1: row 1 (b): ${error}` }]);
  });

  it('fails a hole in a sparse list', () => {
    expect(check(Object.assign(new Array(2), { 0: scored(1) }))).toEqual([
      scored(1),
      { kind: 'failed', error: 'task@1: row 1 (b): expected scored(…) or abstain(…), received nothing' },
    ]);
  });

  it('survives getters and proxies that throw', () => {
    const getter = {
      kind: 'scored',
      get value() {
        throw new Error('not yet');
      },
    };
    const proxy = new Proxy(
      {},
      {
        get: () => {
          throw new Error('never');
        },
      },
    );
    expect(check([getter, proxy])).toEqual([
      { kind: 'failed', error: 'task@1: row 0 (a): reading the score threw Error: not yet' },
      { kind: 'failed', error: 'task@1: row 1 (b): reading the score threw Error: never' },
    ]);
  });

  it('never throws and gives one sound outcome a row, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.anything(), { minLength: 2, maxLength: 2 })), (scores) => {
        const outcomes = checkScores('task@1', range, batch, scores);
        expect(outcomes).toHaveLength(2);
        for (const outcome of outcomes) expect(['scored', 'abstained', 'failed']).toContain(outcome.kind);
        expect(JSON.parse(JSON.stringify(outcomes))).toEqual(outcomes);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('failAll', () => {
  it('says the same of each row', () => expect(failAll('task@1', batch, 'late')).toEqual(failures('late')));
});
