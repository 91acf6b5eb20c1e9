import { StepCounter } from '../../test/count-steps';
import { flatObjects } from './flat-objects';
import { readMarks } from './read-marks';

const LENGTH = 1 << 13;
/** For each character of a reply; the costliest needs 13. */
const MAX_STEPS = 20;

const MARKS = '{"cls":8,"km":7,"flu":10,"inf":0,"fac":6}';
const PIECES = [
  ...[
    '{',
    '}',
    '{"',
    '{"a',
    '{"a":',
    '{"a":"',
    '{"a":1,',
    '"{',
    '{"{":"{","',
    '{"{":":",',
    '\\',
    '{"\\',
    '{ ',
    '{"a":{',
  ],
  ...['{"a":[', '{"cls":8,', '{"cls":8}', '"cls":8,"cls":9,', '</think>', ' ', '\n', MARKS],
];

// In a file of its own: V8 counts the blocks only of functions that had not run before.
let counter: StepCounter;
beforeAll(() => void (counter = new StepCounter()));
afterAll(() => counter[Symbol.dispose]());

it.each(PIECES)('%j, again and again, takes work in proportion to its length', (piece) => {
  for (const begin of ['', '{"a":"', '{"a":1,']) {
    const text = begin + piece.repeat(Math.ceil(LENGTH / piece.length));
    const steps = counter.count(() => readMarks(text, 'stop'));
    expect(steps).toBeGreaterThan(0);
    expect(steps / LENGTH).toBeLessThan(MAX_STEPS);
  }
});

it('quadratic work is noticed', () => {
  const text = '{'.repeat(LENGTH);
  const quadratic = (): void => {
    for (let i = 0; i < LENGTH; i += 100) flatObjects(text.slice(i));
  };
  expect(counter.count(quadratic) / LENGTH).toBeGreaterThan(MAX_STEPS);
});
