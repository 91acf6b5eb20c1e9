/** Numbers from 0 to below `limit`, the same ones for the same seed (xorshift32). */
export type Draw = (limit: number) => number;

export function drawFrom(seed: number): Draw {
  let state = seed | 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function pick<T>(draw: Draw, items: readonly T[]): T {
  const item = items[draw(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

const TEXTS = [
  ...['', ' ', '\n', '\t\u00a0', '\ufeff', '\u200b', 't', 'the man runs', '<', '>', '</', '<<', '<b>', '&lt;think&gt;'],
  ...['<Think>', '< think>', '<think', 'think>', '<thinking>', '</think >', '<reflections>', '<answer/>', '<|im_end|>'],
  ...['\ud800', '\udfff', '😀', 'é', '\0', '$&', '{question}', 'x'.repeat(50)],
] as const;
const ANSWERS = [
  ...[
    'A',
    'B',
    'b',
    'C.',
    '(D)',
    'B. the man',
    'A or B',
    'A, B',
    'A. B',
    '',
    ' ',
    'Z',
    'Normal',
    'anomaly',
    'Fire',
    'AB',
  ],
  ...['Normal or Anomaly', 'Object_falling', '\u200b', '\ud800', 'A. one\nB. two', '<b>A</b>'],
] as const;
const SPANS = [
  ...['[5.2, 10.4]', '[-1.0, -1.0]', '[0:05, 1:10]', '[1:02:03, 2:00:00]', '[3, 3]', '[9, 2]', '[1.2.3, 4]', '[5]', ''],
  ...['[NaN, 1]', '[Infinity, 2]', '[1e999, 2]', '[,]', '5, 10', '[５, 6]', `[${'9'.repeat(200)}, 1]`],
] as const;
const NAMES = ['think', 'answer', 'reflection', 'reflect', 'glue'] as const;
const ORDERS = [
  ['think', 'answer', 'reflection', 'think', 'answer'],
  ['think', 'answer', 'glue', 'reflection', 'think', 'answer', 'glue'],
  ['think', 'answer', 'think', 'answer'],
  ['think', 'answer'],
  ['answer', 'glue'],
] as const;

const contentOf = (draw: Draw, name: string): string =>
  name === 'answer' ? pick(draw, ANSWERS) : name === 'glue' ? pick(draw, SPANS) : pick(draw, TEXTS);

/** Pieces without any order: tags that open, close, nest and overlap, and text that looks like tags. */
function scraps(draw: Draw): string[] {
  return Array.from({ length: draw(24) }, () => {
    const name = pick(draw, NAMES);
    return pick(draw, [`<${name}>`, `</${name}>`, contentOf(draw, name)]);
  });
}

/** A transcript of some grammar with up to four pieces left out, doubled, swapped or put in. */
function damaged(draw: Draw): string[] {
  const pieces = pick(draw, ORDERS).flatMap((kind) => {
    const name = kind === 'reflection' && draw(4) === 0 ? 'reflect' : kind;
    return [`<${name}>`, contentOf(draw, name), `</${name}>`, pick(draw, ['', '', '', ' ', '\n'])];
  });
  for (let damages = draw(5); damages > 0; damages -= 1) {
    const at = draw(pieces.length);
    const other = draw(pieces.length);
    const [piece = '', another = ''] = [pieces[at], pieces[other]];
    pick(draw, [
      () => pieces.splice(at, 1, ''),
      () => pieces.splice(at, 0, piece),
      () => pieces.splice(at, 0, pick(draw, TEXTS)),
      () => pieces.splice(at, 1, another),
      () => pieces.splice(at, 0, `<${pick(draw, NAMES)}>`),
      () => pieces.splice(at, 1, piece.slice(0, draw(piece.length + 1))),
    ])();
  }
  return pieces;
}

export const hostileText = (draw: Draw): string => (draw(3) === 0 ? scraps(draw) : damaged(draw)).join('');
