import fc from 'fast-check';
import type { DatasetRow } from '@srvau/contracts';
import { Durations, ReasonCounts, RowStatistics, Warnings } from './statistics';

const row = (fields: Partial<DatasetRow>): DatasetRow => ({
  id: 'a.mp4',
  row: 1,
  source: 'unknown',
  split: 'unknown',
  video: 'a.mp4',
  videoKey: null,
  videoSha256: null,
  durationSec: null,
  width: null,
  height: null,
  frames: null,
  question: null,
  options: null,
  correctOption: null,
  keyObject: null,
  description: null,
  reasoning: null,
  reasoningRepr: null,
  anomalyClass: 'Fire',
  normal: false,
  spanSec: null,
  events: null,
  qaEligible: false,
  groundingEligible: false,
  ...fields,
});

describe('RowStatistics', () => {
  it('counts rows by source, class and split, and the lengths of spans', () => {
    const statistics = new RowStatistics();
    statistics.add(row({ source: 'ucf', split: 'test', spanSec: [5, 15], qaEligible: true, groundingEligible: true }));
    statistics.add(row({ source: 'ucf', split: 'val', anomalyClass: null }));
    statistics.add(
      row({ source: 'msad', split: 'test', anomalyClass: 'Normal', normal: true, groundingEligible: true }),
    );
    const videos = { named: 3, found: 2, missing: 1, readable: 1, frames: 9 };
    const report = statistics.finish(videos, new Durations().finish());
    expect(report).toMatchObject({
      all: { rows: 3, normal: 1, abnormal: 2, qaEligible: 1, groundingEligible: 2 },
      bySource: {
        msad: { rows: 1, normal: 1, abnormal: 0, qaEligible: 0, groundingEligible: 1 },
        ucf: { rows: 2, normal: 0, abnormal: 2, qaEligible: 1, groundingEligible: 1 },
      },
      bySplit: { test: { rows: 2 }, val: { rows: 1 } },
      videos,
      spanDuration: { count: 1, totalSec: 10, minSec: 10, meanSec: 10, maxSec: 10 },
    });
    expect(Object.keys(report.byClass)).toEqual(['(none)', 'Fire', 'Normal']);
  });
});

describe('Durations', () => {
  it('has no mean of nothing', () => {
    expect(new Durations().finish()).toMatchObject({
      count: 0,
      totalSec: 0,
      minSec: null,
      meanSec: null,
      maxSec: null,
    });
  });

  it('puts every value into the one bin that holds it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true })), (values) => {
        const durations = new Durations();
        for (const value of values) durations.add(value);
        for (const { fromSec, toSec, count } of durations.finish().histogram) {
          expect(count).toBe(values.filter((value) => value >= fromSec && value < (toSec ?? Infinity)).length);
        }
      }),
    );
  });
});

describe('ReasonCounts and Warnings', () => {
  it('are in the order of the alphabet, whatever came first', () => {
    const counts = new ReasonCounts();
    for (const reason of ['video:missing', 'qa:no-text', 'video:missing']) counts.add(reason);
    expect(Object.entries(counts.finish())).toEqual([
      ['qa:no-text', 1],
      ['video:missing', 2],
    ]);
    const warnings = new Warnings();
    for (let i = 0; i < 9; i += 1) warnings.add('b', `row ${i}`);
    warnings.add('a', 'x');
    expect(warnings.finish()).toEqual([
      { reason: 'a', count: 1, examples: ['x'] },
      { reason: 'b', count: 9, examples: ['row 0', 'row 1', 'row 2', 'row 3', 'row 4'] },
    ]);
  });
});
