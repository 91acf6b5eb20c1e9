import fc from 'fast-check';
import { policyPrompt } from '@srvau/reasoning';
import type { TrainingItem } from '../../data/training-item';
import { dealPrompts, type Share } from './deal-prompts';

const VIDEO = { fps: 1, maxFrames: 768 };

const itemOf = (durationSec: number | null, n: number): TrainingItem => ({
  ...{ id: `r${n}`, rowId: `r${n}`, task: 'qa', truth: { label: 'A' }, durationSec, videoUri: 'file:///v.mp4' },
  ...{ prompt: policyPrompt('direct', { task: 'tag' }), transcript: '' },
});
const deal = (seconds: readonly (number | null)[], worldSize: number, video = VIDEO): Share[] =>
  Array.from({ length: worldSize }, (_, rank) => dealPrompts(seconds.map(itemOf), { rank, worldSize }, video));
const placesOf = (shares: readonly Share[]): (readonly number[])[] => shares.map(({ places }) => places);

const durations = fc.array(fc.oneof(fc.integer({ min: 1, max: 900 }), fc.constant(null)), { maxLength: 40 });

describe('dealPrompts', () => {
  it('gives each prompt to one rank, and to each rank one of every so many', () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 5 }), (seconds, worldSize) => {
        const shares = deal(seconds, worldSize);
        expect(
          placesOf(shares)
            .flat()
            .sort((a, b) => a - b),
        ).toEqual([...seconds.keys()]);
        for (const { items, places } of shares) {
          expect(items.map(({ id }) => id)).toEqual(places.map((place) => `r${place}`));
          expect(places).toEqual([...places].sort((a, b) => a - b));
          const blocks = places.map((place) => Math.floor(place / worldSize));
          expect(blocks).toEqual([...blocks.keys()].slice(0, blocks.length));
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('leaves two ranks no further apart than the longest video', () => {
    fc.assert(
      fc.property(durations, (seconds) => {
        const [first = 0, second = 0] = deal(seconds, 2).map(({ items }) =>
          items.reduce((sum, { durationSec }) => sum + Math.min(VIDEO.maxFrames, durationSec ?? 0), 0),
        );
        const longest = Math.max(0, ...seconds.map((value) => Math.min(VIDEO.maxFrames, value ?? 0)));
        expect(Math.abs(first - second)).toBeLessThanOrEqual(longest);
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  it('gives the longer video to the rank that has less so far', () => {
    expect(placesOf(deal([10, 30, 20, 5, 9, 9], 2))).toEqual([
      [1, 3, 5],
      [0, 2, 4],
    ]);
  });

  it('counts frames that are read, and goes round where they are as many', () => {
    const round = [
      [0, 2],
      [1, 3],
    ];
    expect(placesOf(deal([7, 7, 7, 7], 2))).toEqual(round);
    expect(placesOf(deal([null, null, null, null], 2))).toEqual(round);
    expect(placesOf(deal([100, 200, 300, 400], 2, { fps: 2, maxFrames: 64 }))).toEqual(round);
  });
});
