import { createColors } from 'picocolors';
import { completionsText, printableLines } from './completions';

const colors = createColors(false);

it('shows one completion as it is, several with how each ended', () => {
  const [one, two] = [
    { text: 'A dog.\nIt runs.', finishReason: 'stop' as const, tokenIds: [1, 2, 3] },
    { text: 'A', finishReason: 'length' as const, tokenIds: [1] },
  ];
  expect(completionsText([one], colors)).toBe('A dog.\nIt runs.');
  expect(completionsText([one, two], colors).split('\n')).toEqual([
    ...['── 1 of 2, 3 tokens', 'A dog.', 'It runs.', '── 2 of 2, 1 token, cut off', 'A'],
  ]);
});

it('lets a model neither move the cursor nor colour the terminal', () => {
  expect(printableLines('a\u001b[31mb\r\n\tc\u0007 über 🧗')).toBe('a\\x1b[31mb\\x0d\n\tc\\x07 über 🧗');
});
