import type { DatasetRow } from '@srvau/contracts';

/** A row that takes part in every task. */
export const datasetRow = (change: Partial<DatasetRow> = {}): DatasetRow => ({
  ...{ id: 'a', row: 1, source: 'ucf', split: 'test', video: 'a.mp4', videoKey: 'k', videoSha256: null },
  ...{ durationSec: 8, width: 4, height: 4, frames: 8 },
  ...{ question: 'Why?', options: ['1', '2', '3', '4'], correctOption: 'C', keyObject: null },
  ...{ description: 'A man runs.', reasoning: null, reasoningRepr: null, anomalyClass: 'Fire', normal: false },
  ...{ spanSec: [2, 4], events: null, qaEligible: true, groundingEligible: true },
  ...change,
});
