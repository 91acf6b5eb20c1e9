import { applyFailurePolicy } from './failure-policy';
import { abstain, type ScoreOutcome, scored } from './score';

const failed: ScoreOutcome = { kind: 'failed', error: 'task@1: threw Error: x' };
const groups = ['g1', 'g1', 'g2', 'g2'];
const columns = new Map<string, readonly ScoreOutcome[]>([
  ['task', [scored(1), failed, scored(0), abstain('no label')]],
  ['iou', [scored(0.5), scored(0.25), abstain('no span'), scored(0)]],
]);

describe('applyFailurePolicy', () => {
  it('abstain: a failed row counts as an abstention', () => {
    expect(applyFailurePolicy('abstain', groups, columns)).toEqual({
      rows: [0, 1, 2, 3],
      scores: new Map([
        ['task', [1, null, 0, null]],
        ['iou', [0.5, 0.25, null, 0]],
      ]),
      droppedGroups: [],
      failures: new Map([['task', 1]]),
    });
  });

  it('drop-group: the whole group goes, in every column', () => {
    expect(applyFailurePolicy('drop-group', groups, columns)).toEqual({
      rows: [2, 3],
      scores: new Map([
        ['task', [0, null]],
        ['iou', [null, 0]],
      ]),
      droppedGroups: ['g1'],
      failures: new Map([['task', 1]]),
    });
  });

  it('abort: throws what failed first, and how often', () => {
    expect(() => applyFailurePolicy('abort', groups, columns)).toThrow(
      'task: expected no failed rows, received 1, the first of them: task@1: threw Error: x',
    );
  });

  it('lets batches without failures pass under every policy', () => {
    const sound = new Map([['task', [scored(1)]]]);
    for (const policy of ['abort', 'drop-group', 'abstain'] as const) {
      expect(applyFailurePolicy(policy, ['g'], sound)).toMatchObject({ rows: [0], droppedGroups: [] });
    }
  });

  it('refuses a column of another length', () => {
    expect(() => applyFailurePolicy('abstain', ['g'], columns)).toThrow(/column task: expected 1 outcomes, received 4/);
  });
});
