import { jsonSchemaOf } from '../validation/json-schema';
import { parseDto } from '../validation/parse-dto';
import { SrvauError } from '../wire/errors';
import { adviceWhenTooLarge } from '../wire/too-large';
import { readScoreRequest, ScoreRequest } from './score';

const row = { id: 'r', groupId: 'g', task: 'qa', completion: 'c', truth: { label: 'B' } };

const refused = (read: () => unknown): { code: string; fields: string[] } | undefined => {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    return { code: error.code, fields: error.details.map(({ field }) => field).sort() };
  }
};

describe('readScoreRequest', () => {
  it.each<[string, unknown]>([
    ['no rollouts', { rollouts: [] }],
    ['every field', { rollouts: [row], plugins: ['a-b', 'c'], grammar: 'single', step: 3, deadlineMs: 5, parts: true }],
    ['options', { rollouts: [row], options: { a: { x: 1 } } }],
    ['null for what is absent', { rollouts: [row], plugins: null, step: null }],
    ['no object', []],
    ['nothing', undefined],
    ['a missing field', {}],
    ['rollouts that are no array', { rollouts: 'x' }],
    ['an unknown field', { rollouts: [row], weights: {} }],
    ['a prototype for a field', JSON.parse('{"rollouts":[],"__proto__":{"step":1}}')],
    ['no plugin', { rollouts: [row], plugins: [] }],
    ['a plugin twice', { rollouts: [row], plugins: ['a', 'a'] }],
    ['an id that is none', { rollouts: [row], plugins: ['A B'] }],
    ['another grammar', { rollouts: [row], grammar: 'free' }],
    ['a step below 0', { rollouts: [row], step: -1 }],
    ['half a step', { rollouts: [row], step: 0.5 }],
    ['no time at all', { rollouts: [row], deadlineMs: 0 }],
    ['options that are no object', { rollouts: [row], options: [] }],
    ['a wrong rollout', { rollouts: [row, { ...row, task: 'x' }] }],
  ])('accepts and refuses what the class does: %s', (_what, body) => {
    const byClass = refused(() => parseDto(ScoreRequest, body, 'request'));
    expect(refused(() => readScoreRequest(body, 'request'))).toEqual(byClass);
  });

  it('names options of a plugin that are no object', () => {
    const body = { rollouts: [row], options: { task: 5 } };
    expect(refused(() => readScoreRequest(body, 'request'))).toEqual({
      code: 'INVALID_REQUEST',
      fields: ['options.task'],
    });
  });

  it('gives back what was asked for', () => {
    const body = { rollouts: [row], plugins: ['task'], options: { task: { x: 1 } } };
    expect({ ...readScoreRequest(body, 'request') }).toEqual(body);
  });
});

it('the schema of a request shows its settings and its rollouts', () => {
  expect(jsonSchemaOf(ScoreRequest)).toMatchObject({
    required: ['rollouts'],
    properties: { plugins: { type: 'array' }, rollouts: { items: { $ref: '#/$defs/RolloutDto' } } },
    $defs: { RolloutDto: { additionalProperties: false } },
  });
});

it('advice about a message that is too large counts the rollouts that fit', () => {
  expect(adviceWhenTooLarge('srvau.reward.score', 1000, 250, 8)).toMatch(/of these about 2, and keep a group in one/);
  expect(adviceWhenTooLarge('srvau.reward.score', 1000, 250, 1)).not.toMatch(/about/);
  expect(adviceWhenTooLarge('srvau.jobs.get', 1000, 250)).toBe('larger data travels by URI');
});
