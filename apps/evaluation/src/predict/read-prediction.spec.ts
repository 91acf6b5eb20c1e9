import { type AskedForm, readPrediction } from './read-prediction';

const qa: AskedForm = { task: 'qa', grammar: 'reflective', options: 4, durationSec: 12 };
const tag: AskedForm = { task: 'tag', grammar: 'single', options: 0, durationSec: 12 };
const grounded = (answer: string, span: string): string =>
  `<think>t</think><answer>${answer}</answer><glue>${span}</glue>`;
const codes = (transcript: string, form: AskedForm): string[] =>
  readPrediction(transcript, form).faults.map(({ code }) => code);

describe('of a question', () => {
  const two = (first: string, last: string): string =>
    `<think>t</think><answer>${first}</answer><reflection>r</reflection><think>t</think><answer>${last}</answer>`;

  it('tells the first answer and the final one', () => {
    const read = readPrediction(two('A', 'C. He falls'), qa);
    const nothing = { verdict: null, spanSec: null };
    expect(read).toEqual({
      ...{ wellFormed: true, faults: [], spanSec: null },
      first: { text: 'A', option: 'A', ...nothing },
      final: { text: 'C. He falls', option: 'C', ...nothing },
    });
  });

  it('names no option that was not offered, and says where it stands', () => {
    const transcript = two('E', 'F');
    const { first, final, faults } = readPrediction(transcript, qa);
    expect([first?.option, final?.option]).toEqual([null, null]);
    const [fault] = faults;
    expect(fault?.message).toBe('expected an option from A to D, received F');
    expect(transcript.slice(fault?.start, fault?.end)).toBe('<answer>F</answer>');
  });

  it('takes the only answer for the final one where one of two is missing', () => {
    const read = readPrediction('<think>t</think><answer>B</answer>', qa);
    expect(read).toMatchObject({ wellFormed: false, first: { option: 'B' }, final: { option: 'B' } });
    expect(readPrediction('', qa)).toMatchObject({ wellFormed: false, first: null, final: null });
  });
});

describe('of grounding', () => {
  it.each([
    [grounded('Anomaly', '[3, 8.5]'), [3, 8.5], []],
    [grounded('Normal', '[-1.0, -1.0]'), null, []],
    [grounded('Normal', '[3, 8]'), null, []],
    [grounded('Anomaly', 'later'), null, ['unreadable-span']],
    [grounded('Anomaly', '[8, 3]'), [8, 3], ['reversed-span']],
    [grounded('Anomaly', '[3, 3]'), [3, 3], ['empty-span']],
    [grounded('Anomaly', '[3, 60]'), [3, 60], ['span-beyond-video']],
    [grounded('perhaps', '[3, 8]'), null, ['unreadable-answer']],
  ])('%s', (transcript, spanSec, faults) => {
    expect(readPrediction(transcript, tag).spanSec).toEqual(spanSec);
    expect(codes(transcript, tag)).toEqual(faults);
  });

  it('knows no end of a video whose length nobody tells', () => {
    expect(codes(grounded('Anomaly', '[3, 60]'), { ...tag, durationSec: undefined })).toEqual([]);
  });
});
