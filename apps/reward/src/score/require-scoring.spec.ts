import { requireScoring } from './require-scoring';

describe('requireScoring', () => {
  it('takes settings of plugins that score, or none', () => {
    requireScoring([], [], 'options');
    requireScoring(new Map([['task', 0.5]]).keys(), ['reflection', 'task'], 'weights');
  });

  it.each([
    [['task', 'reflection'], 'task, reflection'],
    [[], 'none'],
  ])('refuses those of another plugin where %j score', (scoring, list) => {
    expect(() => requireScoring(['tsk'], scoring, 'options')).toThrow(
      `options: expected ids of plugins that score this request: ${list}, received "tsk" (string)`,
    );
  });
});
