import fc from 'fast-check';
import { refusal } from '../../test/refusal';
import { jsonSchemaOf } from '../validation/json-schema';
import { parseDto } from '../validation/parse-dto';
import { SrvauError } from '../wire/errors';
import { readRollout, readRollouts } from './read-rollouts';
import { MAX_COMPLETION_CHARS, RolloutDto } from './rollout';

const row = { id: 'r1', groupId: 'g1', task: 'qa', completion: '<think>…</think>', truth: { label: 'B' } };

describe('readRollouts', () => {
  it('returns the rows as they came, and without what is absent', () => {
    const full = {
      ...row,
      task: 'tag',
      tokens: { total: 9, firstRound: 4 },
      truth: { normal: false, spanSec: [1, 2.5] },
    };
    const rows = [
      { ...row, durationSec: null, tokens: null },
      { ...full, durationSec: 12.5 },
      { ...row, tokens: 7 },
    ];
    expect(readRollouts(rows, 'rollouts')).toEqual([row, { ...full, durationSec: 12.5 }, { ...row, tokens: 7 }]);
    expect(readRollouts([], 'rollouts')).toEqual([]);
  });

  it('takes any text for a completion, lone surrogates and nothing too', () => {
    for (const completion of ['', '\ud800', '\0', '<think>'.repeat(150_000)]) {
      expect(readRollout({ ...row, completion }, 'row').completion).toBe(completion);
    }
  });

  it('leaves the order of a span to the plugins: a reversed truth is scored, not refused', () => {
    expect(readRollout({ ...row, truth: { spanSec: [5, -1] } }, 'row').truth.spanSec).toEqual([5, -1]);
  });

  it.each<[string, object, string, string, string]>([
    ['id', { id: '' }, 'rollouts[1].id', 'a string of 1 to 512 characters', '"" (string)'],
    ['groupId', { groupId: 7 }, 'rollouts[1].groupId', 'a string of 1 to 512 characters', '7 (number)'],
    ['task', { task: 'QA' }, 'rollouts[1].task', 'one of qa, tag', '"QA" (string)'],
    ['completion', { completion: null }, 'rollouts[1].completion', 'a string', 'null'],
    ['tokens', { tokens: 1.5 }, 'rollouts[1].tokens', 'a whole number from 0 to 2147483647', '1.5 (number)'],
    [
      'tokens of another kind',
      { tokens: '9' },
      'rollouts[1].tokens',
      'a whole number or {total, firstRound}',
      '"9" (string)',
    ],
    [
      'a first round longer than all',
      { tokens: { total: 3, firstRound: 4 } },
      'rollouts[1].tokens.firstRound',
      'at most total (3)',
      '4 (number)',
    ],
    [
      'half of the tokens',
      { tokens: { total: 3 } },
      'rollouts[1].tokens.firstRound',
      'a whole number from 0 to 2147483647',
      'nothing',
    ],
    ['no truth', { truth: undefined }, 'rollouts[1].truth', 'an object', 'nothing'],
    ['label', { truth: { label: 'b' } }, 'rollouts[1].truth.label', 'one letter from A to Z', '"b" (string)'],
    ['normal', { truth: { normal: 1 } }, 'rollouts[1].truth.normal', 'a boolean', '1 (number)'],
    [
      'spanSec',
      { truth: { spanSec: [1, NaN] } },
      'rollouts[1].truth.spanSec',
      '[start, end], two numbers of seconds',
      '[1 (number), NaN (number)]',
    ],
    ['unknown truth', { truth: { span: [1, 2] } }, 'rollouts[1].truth.span', 'no such field', 'an array of 2'],
    ['durationSec', { durationSec: 0 }, 'rollouts[1].durationSec', 'a number above 0', '0 (number)'],
    ['unknown field', { answer: 'B' }, 'rollouts[1].answer', 'no such field', '"B" (string)'],
    [
      'inherited field',
      JSON.parse('{"__proto__":5}') as object,
      'rollouts[1].__proto__',
      'no such field',
      '5 (number)',
    ],
  ])('%s', (_name, change, field, expected, received) => {
    const wrong = Object.fromEntries([...Object.entries(row), ...Object.entries(change)]) as object;
    // Object.fromEntries defines __proto__ as JSON.parse does, a spread would set the prototype.
    const { details, code } = refusal(() => readRollouts([row, wrong], 'rollouts'));
    expect(code).toBe('INVALID_REQUEST');
    expect(details).toEqual([{ field, expected, received }]);
  });

  it('refuses what is no array, no object, or too long', () => {
    expect(refusal(() => readRollouts({}, 'rollouts')).details[0]?.field).toBe('rollouts');
    expect(refusal(() => readRollouts([row, 'x'], 'rollouts')).details[0]?.field).toBe('rollouts[1]');
    expect(refusal(() => readRollout([], 'a.jsonl:3', 'UNPROCESSABLE'))).toMatchObject({
      code: 'UNPROCESSABLE',
      message: 'a.jsonl:3: expected a rollout as a JSON object, received an array of 0',
    });
    const long = { ...row, completion: 'x'.repeat(MAX_COMPLETION_CHARS + 1) };
    expect(refusal(() => readRollout(long, 'row')).message).toContain(`received ${MAX_COMPLETION_CHARS + 1}`);
  });

  it('counts a flood of faults and shows the first', () => {
    const error = refusal(() =>
      readRollouts(
        Array.from({ length: 10_000 }, () => ({})),
        'rollouts',
      ),
    );
    expect(error.details).toHaveLength(50);
    expect(error.message).toMatch(/^rollouts\[0\]\.id: expected .*; and 49995 more$/);
    expect(JSON.stringify(error.toWire()).length).toBeLessThan(20_000);
  });
});

describe('RolloutDto, the schema of the same', () => {
  const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
    fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
  const oddly = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: fc.anything({ maxDepth: 1 }) });
  const name = fc.string({ maxLength: 4 });
  const candidate = fc.record(
    {
      id: oddly(name),
      groupId: oddly(name),
      task: oddly(fc.constantFrom('qa', 'tag')),
      completion: oddly(fc.string()),
      truth: oddly(
        fc.record(
          {
            label: sometimes(fc.constantFrom('A', 'Z', 'a', 'AB', '')),
            normal: sometimes(fc.boolean()),
            spanSec: sometimes(fc.array(fc.constantFrom(0, -1, 2.5, Infinity), { minLength: 1, maxLength: 3 })),
          },
          { requiredKeys: [] },
        ),
      ),
      durationSec: sometimes(fc.constantFrom(0, -1, 0.5, 10, NaN)),
    },
    { requiredKeys: ['id', 'groupId', 'task', 'completion', 'truth'] },
  );

  it('accepts exactly what readRollout accepts', () => {
    const accepts = (act: () => unknown): boolean => {
      try {
        act();
        return true;
      } catch (error) {
        if (error instanceof SrvauError) return false;
        throw error;
      }
    };
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(candidate, (value) => {
        const byClass = accepts(() => parseDto(RolloutDto, value, 'rollout'));
        seen[`${byClass}`] += 1;
        expect(accepts(() => readRollout(value, 'rollout'))).toBe(byClass);
      }),
      { numRuns: 3_000, seed: 4 },
    );
    expect(seen.true).toBeGreaterThan(100);
    expect(seen.false).toBeGreaterThan(100);
  });

  it('has a schema that closes every object', () => {
    expect(jsonSchemaOf(RolloutDto)).toMatchObject({
      required: ['id', 'groupId', 'task', 'completion', 'truth'],
      additionalProperties: false,
      properties: { tokens: { type: ['integer', 'object'] }, truth: { $ref: '#/$defs/TruthDto' } },
      $defs: { TruthDto: { additionalProperties: false } },
    });
  });
});
