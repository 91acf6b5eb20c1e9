import type { DatasetCard, DatasetRow, GroupCounts } from '@srvau/contracts';
import { createColors } from 'picocolors';
import { datasetText, histogramText } from './dataset';
import { exclusionsText, ingestSummaryText } from './ingest-summary';

const plain = createColors(false);
const counts: GroupCounts = { rows: 3, normal: 1, abnormal: 2, qaEligible: 2, groundingEligible: 3 };
const none = { count: 0, totalSec: 0, minSec: null, meanSec: null, maxSec: null, histogram: [] };

const card: DatasetCard = {
  ...{ format: 'srvau-dataset', schemaVersion: 1, writtenBy: '@srvau/dataset@0.1.0' },
  inputs: {
    annotations: { uri: 'file:///a.csv', sha256: '0', bytes: 1, format: 'vau-bench' },
    videos: { uri: 's3://cctv/clips' },
    settings: { fps: 0.5, frameFormat: 'jpeg', samplerVersion: 1, source: null, split: null },
  },
  summary: {
    ...{ rows: 3, qaEligible: 2, groundingEligible: 3, normal: 1, videosFound: 2, videosMissing: 1 },
    exclusions: { 'qa:no-text': 1, 'video:missing': 2 },
  },
  statistics: {
    all: counts,
    bySource: { msad: counts },
    byClass: { 'Normal\u001b': counts },
    bySplit: { test: counts },
    videos: { named: 3, found: 2, missing: 1, readable: 2, frames: 1 },
    videoDuration: {
      ...{ count: 2, totalSec: 90, minSec: 20, meanSec: 45, maxSec: 70 },
      histogram: [
        { fromSec: 0, toSec: 10, count: 0 },
        { fromSec: 10, toSec: 30, count: 1 },
        { fromSec: 30, toSec: 60, count: 0 },
        { fromSec: 60, toSec: null, count: 2 },
      ],
    },
    spanDuration: none,
  },
  warnings: [{ reason: 'unknown-column', count: 1, examples: ['Notes'] }],
};

const row: DatasetRow = {
  ...{
    id: 'a.mp4',
    row: 1,
    source: 'msad',
    split: 'test',
    video: 'a.mp4',
    videoKey: null,
    videoSha256: null,
    durationSec: null,
  },
  ...{ width: null, height: null, frames: null, question: 'What happens?', options: ['Fire', 'B', 'C', 'D'] },
  ...{
    correctOption: 'A',
    keyObject: null,
    description: null,
    reasoning: null,
    reasoningRepr: null,
    reasoningText: null,
  },
  ...{ anomalyClass: 'Fire', normal: false, spanSec: [1.5, 4] },
  ...{ events: null, qaEligible: true, groundingEligible: true },
};

describe('datasetText', () => {
  it('shows counts, durations, what was left out, and rows', () => {
    const text = datasetText('/data/d', card, [row], { colors: plain, columns: 80 });
    expect(text).toContain('videos 3 named, 2 found, 1 missing, 2 readable, 1 frame\n');
    expect(text).toMatch(/^ {2}all +3 +1 +2 +2 +3$/m);
    expect(text).toMatch(/^ {2}class Normal\\x1b +3/m);
    expect(text).toContain('video duration 2 videos, 1 min 30 s in all: shortest 20 s, mean 45 s, longest 1 min 10 s');
    expect(text).toContain('anomaly duration none');
    expect(text).toMatch(/left out\n {2}2 {2}video:missing\n {2}1 {2}qa:no-text/);
    expect(text).toMatch(/odd, but kept\n {2}1 {2}unknown-column {2}Notes/);
    expect(text).toMatch(/first rows\n {2}a\.mp4 {2}Fire 1\.5–4 s, no video\n {4}What happens\?\n {4}A\. Fire$/);
    expect(text).not.toContain('\u001b');
  });

  it('cuts long questions to the terminal', () => {
    const text = datasetText('/d', card, [{ ...row, question: 'x'.repeat(500) }], { colors: plain, columns: 60 });
    expect(Math.max(...text.split('\n').map((line) => line.trimEnd().length))).toBeLessThan(130);
    expect(text).toContain(`${'x'.repeat(53)}…`);
  });
});

describe('histogramText', () => {
  it('leaves out empty bins at both ends only', () => {
    expect(histogramText(card.statistics.videoDuration.histogram, plain).split('\n')).toEqual([
      '  10–30 s  1  ████████████',
      '  30–60 s  0',
      '   ≥ 60 s  2  ████████████████████████',
    ]);
  });
});

describe('ingestSummaryText', () => {
  it('is a table, what was left out, and where it is', () => {
    const text = ingestSummaryText({ ...card.summary, out: '/data/d' }, '12 s', plain);
    expect(text).toMatch(/^rows +3\n {2}normal +1\n {2}abnormal +2\n/);
    expect(text).toMatch(/✓ \/data\/d in 12 s$/);
  });

  it('has no exclusions to show when there are none', () => {
    expect(exclusionsText({}, plain)).toBeUndefined();
  });
});
