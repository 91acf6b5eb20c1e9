import fc from 'fast-check';
import { readDescription } from './read-description';

describe('readDescription', () => {
  it.each([
    ['<think>A man runs.</think><answer>He steals a bag.</answer>', 'He steals a bag.'],
    ['<answer>He steals a bag.</answer>', 'He steals a bag.'],
    ['<answer>a</answer><reflection>r</reflection><think>t</think><answer>b</answer>', 'b'],
    ['A man steals a bag.\nHe runs.', 'A man steals a bag.\nHe runs.'],
    ['<think>A man runs.</think>\nHe steals a bag.', 'He steals a bag.'],
    ['<think>A man runs.</think><answer>He steals a', 'He steals a'],
    ['<think>A man runs and', ''],
    ['<think>A man</think><think>and again', ''],
    ['<think>A man runs.</think><answer> </answer>', ''],
    ['   ', ''],
    ['', ''],
  ])('of %j is %j', (completion, description) => expect(readDescription(completion)).toBe(description));

  it('is total, and never holds the tags of thinking', () => {
    const piece = fc.constantFrom('<think>', '</think>', '<answer>', '</answer>', '<', 'text ', '\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const completion = pieces.join('');
        const description = readDescription(completion);
        expect(description).toBe(description.trim());
        if (!completion.includes('<answer>')) expect(description).not.toMatch(/<\/?think>/);
      }),
    );
  });

  it('takes linear time on hostile text', () => {
    const startedAt = performance.now();
    for (const text of ['<think>', '</think>', '<answer>', '<answer></answer>']) readDescription(text.repeat(100_000));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
