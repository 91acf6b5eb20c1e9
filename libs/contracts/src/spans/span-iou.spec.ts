import fc from 'fast-check';
import { spanIou, spanLengthSec } from './span-iou';

const span = (startSec: number, endSec: number): { startSec: number; endSec: number } => ({ startSec, endSec });
const anySpan = fc.tuple(fc.double(), fc.double()).map(([start, end]) => span(start, end));

describe('spanIou', () => {
  it.each([
    ['equal', span(2, 6), span(2, 6), 1],
    ['half of the truth', span(2, 4), span(2, 6), 0.5],
    ['shifted', span(0, 4), span(2, 6), 2 / 6],
    ['within', span(3, 4), span(2, 6), 0.25],
    ['apart', span(0, 1), span(2, 6), 0],
    ['touching', span(0, 2), span(2, 6), 0],
    ['a point', span(3, 3), span(2, 6), 0],
    ['reversed', span(6, 2), span(2, 6), 0],
    ['reversed, both', span(6, 2), span(6, 2), 0],
    ['no span', span(-1, -1), span(-1, -1), 0],
    ['begins before the video', span(-2, 4), span(0, 4), 4 / 6],
    ['ends after the video', span(0, 8), span(0, 4), 0.5],
    ['not a number', span(NaN, 4), span(0, 4), 0],
    ['endless', span(0, Infinity), span(0, 4), 0],
  ])('%s', (_, a, b, expected) => expect(spanIou(a, b)).toBeCloseTo(expected, 15));

  it('is symmetric and in [0, 1], whatever comes; a span that covers something equals itself', () => {
    fc.assert(
      fc.property(anySpan, anySpan, (a, b) => {
        const iou = spanIou(a, b);
        expect(iou).toBe(spanIou(b, a));
        expect(iou >= 0 && iou <= 1).toBe(true);
        if (Number.isFinite(spanLengthSec(a))) expect(spanIou(a, a)).toBe(spanLengthSec(a) > 0 ? 1 : 0);
      }),
      { numRuns: 5_000 },
    );
  });
});
