import type { EvaluationRunRequest } from '@srvau/contracts';
import { datasetRow } from '../../test/dataset-row';
import { planItems, inOrderOfRows } from './plan';
import { exclusionOf, judgeReferenceOf, questionOf, referenceOf, waysOf } from './ways';

const request = { name: 'r', model: 'scripted:', dataset: 'file:///d' };
const named = (change: Partial<EvaluationRunRequest>): string[] =>
  waysOf({ ...request, ...change }).map(
    ({ task, thinking, prompt }) => `${task}/${thinking} ${prompt.id} ${prompt.grammar}`,
  );

const bare = datasetRow({
  id: 'bare',
  qaEligible: false,
  groundingEligible: false,
  description: null,
  anomalyClass: null,
});

describe('waysOf', () => {
  it.each<[Partial<EvaluationRunRequest>, string[]]>([
    [
      {},
      ['qa/with reflection-rft/qa reflective', 'qa/without direct/qa direct', 'tag/with reflection-rft/tag reflective'],
    ],
    [{ tasks: ['tag', 'qa'], thinking: ['without'] }, ['qa/without direct/qa direct', 'tag/without direct/tag direct']],
    [{ tasks: ['qa'], prompt: 'initial' }, ['qa/with initial/qa single', 'qa/without direct/qa direct']],
    [
      { tasks: ['describe'], thinking: ['without', 'with'] },
      ['describe/with describe/with null', 'describe/without describe/without null'],
    ],
  ])('of %j', (change, ways) => expect(named(change)).toEqual(ways));

  it('tells wordings apart by their hashes', () => {
    const hashes = waysOf({ ...request, tasks: ['qa', 'tag', 'describe'], thinking: ['with', 'without'] });
    expect(new Set(hashes.map(({ prompt }) => prompt.hash)).size).toBe(6);
  });
});

describe('a row', () => {
  it('is asked and scored as its task wants', () => {
    const [qa, , tag] = waysOf(request);
    if (qa === undefined || tag === undefined) throw new Error('expected both ways');
    expect(questionOf(datasetRow(), qa).prompt.user).toContain('Why?');
    expect(questionOf(datasetRow(), tag).prompt.user).toContain('lasts 8.0 seconds');
    const shared = { id: 'a', anomalyClass: 'Fire', durationSec: 8 };
    expect(referenceOf(datasetRow(), 'qa')).toEqual({
      ...shared,
      task: 'qa',
      label: 'C',
      normal: undefined,
      spanSec: undefined,
    });
    expect(referenceOf(datasetRow(), 'tag')).toEqual({
      ...shared,
      task: 'tag',
      label: undefined,
      normal: false,
      spanSec: [2, 4],
    });
    expect(referenceOf(datasetRow(), 'describe')).toBeNull();
    expect(judgeReferenceOf(datasetRow())).toEqual({ description: 'A man runs.', anomalyClass: 'Fire' });
  });

  it('takes no part without what its task needs', () => {
    expect((['qa', 'tag', 'describe'] as const).map((task) => exclusionOf(datasetRow(), task))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const reasons = (['qa', 'tag', 'describe'] as const).map((task) => exclusionOf(bare, task));
    expect(reasons).toEqual(['no-question', 'no-temporal-truth', 'no-annotation']);
    // As rows of UCF-Crime without any text: a class is not enough to judge a description by.
    const classed = { ...bare, anomalyClass: 'Fire', keyObject: 'a car' };
    expect(exclusionOf(classed, 'describe')).toBe('no-annotation');
    expect(exclusionOf({ ...classed, reasoning: 'Flames rise.' }, 'describe')).toBeUndefined();
  });
});

describe('planItems', () => {
  const ways = waysOf({ ...request, tasks: ['qa', 'describe'] });
  const plan = planItems([datasetRow(), bare, datasetRow({ id: 'b' })], ways);
  const shown = (items: typeof plan.items): string[] =>
    items.map(({ row: { id }, way: { task, thinking } }) => `${task}/${thinking}/${id}`);

  it('has the order of reports, and names who is left out', () => {
    expect(shown(plan.items)).toEqual([
      ...['qa/with/a', 'qa/with/b', 'qa/without/a', 'qa/without/b', 'describe/with/a', 'describe/with/b'],
    ]);
    expect(plan.excluded).toEqual({
      'describe:no-annotation': { count: 1, ids: ['bare'] },
      'qa:no-question': { count: 1, ids: ['bare'] },
    });
  });

  it('asks all of a row together', () => {
    expect(shown(inOrderOfRows(plan.items))).toEqual([
      ...['qa/with/a', 'qa/without/a', 'describe/with/a', 'qa/with/b', 'qa/without/b', 'describe/with/b'],
    ]);
  });

  it('names each question apart', () => {
    expect(new Set(plan.items.map(({ key }) => key)).size).toBe(plan.items.length);
  });
});
