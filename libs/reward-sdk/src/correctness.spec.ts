import { isCorrect, truthVerdict } from './correctness';
import { rollout, type RolloutFields } from './testing/rollout';

const first = (fields: RolloutFields): boolean | undefined => {
  const made = rollout(fields);
  return isCorrect(made, made.transcript.firstAnswer);
};

describe('isCorrect', () => {
  it.each([
    ['<answer>B</answer>', 'B', true],
    ['<answer>C</answer>', 'B', false],
    ['<answer>A or B</answer>', 'B', false],
    ['<answer></answer>', 'B', false],
    ['', 'B', false],
    ['<answer>B</answer>', undefined, undefined],
    ['<answer></answer>', undefined, undefined],
  ])('qa: %p against %p is %p', (completion, label, expected) => {
    expect(first({ completion, truth: label === undefined ? {} : { label } })).toBe(expected);
  });

  it('is not fooled by a label that is no letter', () => {
    for (const label of ['', 'b', 'AB', '1']) {
      const made = rollout({ completion: '<answer></answer>' });
      expect(isCorrect({ ...made, truth: { label } }, made.transcript.firstAnswer)).toBeUndefined();
    }
  });

  it.each([
    ['Normal', { normal: true }, true],
    ['Anomaly', { normal: true }, false],
    ['Anomaly', { normal: false }, true],
    ['Anomaly', { spanSec: [1, 2] as const }, true],
    ['Normal', { spanSec: [1, 2] as const }, false],
    ['perhaps', { normal: true }, false],
    ['Normal', {}, undefined],
    ['Normal', { label: 'B' }, undefined],
  ])('tag: %p against %p is %p', (answer, truth, expected) => {
    expect(first({ task: 'tag', completion: `<answer>${answer}</answer>`, truth })).toBe(expected);
  });

  it('goes by what the truth says outright, before its span', () => {
    expect(truthVerdict({ normal: true, span: { startSec: 0, endSec: 0 } })).toBe('normal');
  });
});
