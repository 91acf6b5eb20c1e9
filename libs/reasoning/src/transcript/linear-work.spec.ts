import { WorkCounter } from '../../test/count-work';
import { MAX_FAULTS } from './faults';
import { parseTranscript } from './parse-transcript';
import { TASKS } from './transcript';

const LENGTH = 1 << 14;
/** Steps and characters looked at, for each character of a text that is parsed twice; the costliest needs 19. */
const MAX_WORK_PER_CHARACTER = 25;

const PIECES = [
  ...['<', '</', '<t', '<think', '<think>', '</think>', '<think></think>', '<think>a</think>', '<think><answer>'],
  ...['<think></answer>', '<reflection><reflect>', '<reflect></reflection>', '<answer>A</answer>', '<answer></answer>'],
  ...['<glue>[1, 2]</glue>', '<answer>A</answer><glue>[1, 2]</glue>', '<glue></answer><answer></glue>', 'x<think>'],
  ...[
    'x',
    ' ',
    '\n',
    '\n\n,',
    '\u200b',
    '\u200b ',
    '\ud800',
    'A. ',
    'A, ',
    'A or ',
    'or ',
    ', A',
    '(',
    '[',
    '[1,',
    '1:',
    '-1.0, ',
  ],
];
/** Where the pieces stand. */
const PLACES: readonly (readonly [name: string, begin: string, end: string])[] = [
  ['alone', '', ''],
  ['in a think', '<think>', '</think>'],
  ['in an unclosed answer', '<answer>A', ''],
  ['in an answer', '<answer>', '</answer>'],
  ['behind a letter', '<answer>A.', '</answer>'],
  ['in a glue', '<answer>Anomaly</answer><glue>[', '</glue>'],
];

let counter: WorkCounter;
beforeAll(() => {
  counter = new WorkCounter();
});
afterAll(() => counter.close());

describe.each(PLACES)('%s', (_, begin, end) => {
  it.each(PIECES)('%j, again and again, takes work in proportion to its length', (piece) => {
    const text = begin + piece.repeat(Math.ceil(LENGTH / piece.length)) + end;
    const work = counter.count(() => {
      for (const task of TASKS) parseTranscript(text, { grammar: 'reflective', task });
    });
    expect(work / text.length).toBeGreaterThan(1);
    expect(work / text.length).toBeLessThan(MAX_WORK_PER_CHARACTER);
  });
});

it('quadratic work is noticed', () => {
  const text = 'a'.repeat(LENGTH);
  const work = counter.count(() => {
    for (let i = 0; i < text.length; i += 1) text.indexOf('x', i);
  });
  expect(work / text.length).toBeGreaterThan(MAX_WORK_PER_CHARACTER);
});

it.each(['<', '<think>', '</think>', '<think>a</think>', '<think><answer>', '<answer>A</answer>', 'A, ', '\n'])(
  'a megabyte of %j is read',
  (piece) => {
    const text = `<answer>A.${piece.repeat(Math.ceil(2 ** 20 / piece.length))}`;
    const { wellFormed, faults } = parseTranscript(text, { grammar: 'reflective', task: 'tag' });
    expect(wellFormed).toBe(false);
    expect(faults.length).toBeLessThanOrEqual(MAX_FAULTS);
  },
);
