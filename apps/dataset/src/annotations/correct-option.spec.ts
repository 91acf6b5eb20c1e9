import fc from 'fast-check';
import { readCorrectOption } from './correct-option';

const options = ['A person falls', 'A fire starts', 'Nothing happens.', 'B'];

describe('readCorrectOption', () => {
  it.each([
    ['B', 'B'],
    ['b', 'B'],
    [' C ', 'C'],
    ['B.', 'B'],
    ['B)', 'B'],
    ['B:', 'B'],
    ['(B)', 'B'],
    ['(b).', 'B'],
    ['B. A fire starts', 'B'],
    ['B.A fire starts', 'B'],
    ['(C) nothing  happens', 'C'],
    ['A fire starts', 'B'],
    ['a FIRE starts.', 'B'],
    ['Nothing happens', 'C'],
    // A letter that is also the text of another option is a letter first.
    ['D. B', 'D'],
  ])('reads %j as %s', (annotated, letter) => {
    expect(readCorrectOption(annotated, options)).toEqual({ letter, note: null });
  });

  it.each([
    'A or B',
    'A. or B',
    'A and C',
    '(A) or (B)',
    'A/B',
    'A, B',
    'A. B. C.',
    'A.B',
    'A) C)',
    'E',
    '2',
    'AB',
    'A person',
    '?',
  ])('finds no option in %j', (annotated) => {
    expect(readCorrectOption(annotated, options)).toEqual({ letter: null, note: expect.stringMatching(/./) });
  });

  it('finds none where letter and text disagree, or the text is that of two options', () => {
    expect(readCorrectOption('A. A fire starts', options)).toEqual({
      letter: null,
      note: 'says A with the text of option B',
    });
    expect(readCorrectOption('same', ['same', 'same', 'x', 'y'])).toEqual({
      letter: null,
      note: 'is the text of options A and B',
    });
  });

  it('takes the letter, with a note, where the text is that of no option', () => {
    expect(readCorrectOption('A. A person falls down', options)).toEqual({
      letter: 'A',
      note: 'the text after A is not that of the option',
    });
  });

  it('reads every letter form of every option, whatever the options say', () => {
    const letters = fc.constantFrom('A', 'B', 'C', 'D');
    const texts = fc.uniqueArray(fc.stringMatching(/^[a-z]{3,12}( [a-z]{3,12}){0,3}$/), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        letters,
        texts,
        fc.constantFrom('L', 'L.', 'L)', '(L)', 'L. T', '(L) T', 'T'),
        (letter, four, form) => {
          const text = four['ABCD'.indexOf(letter)] ?? '';
          const annotated = form.replace('L', letter).replace('T', () => text);
          expect(readCorrectOption(annotated, four)).toEqual({ letter, note: null });
        },
      ),
    );
  });

  it('is total, and linear on hostile text', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (annotated, any) => {
        expect(['A', 'B', 'C', 'D', null]).toContain(readCorrectOption(annotated, any).letter);
      }),
    );
    const hostile = ['A.'.repeat(500_000), ' '.repeat(1_000_000), '('.repeat(1_000_000), `A. ${' .'.repeat(500_000)}x`];
    for (const text of hostile) expect(readCorrectOption(text, [text, text, text, text]).note).not.toBe('');
  }, 10_000);
});
