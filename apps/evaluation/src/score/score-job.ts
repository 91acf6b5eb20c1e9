import {
  type EvaluationScoreJobRequest,
  type EvaluationScores,
  type JobProgress,
  type ReferenceRow,
  SrvauError,
} from '@srvau/contracts';
import type { ArtifactStore } from '@srvau/storage';
import { eachPrediction, eachReference } from './rows-of-uri';
import { scorerOf } from './score-request';

/** They are held in memory, some 300 bytes each. */
const MAX_REFERENCES = 5_000_000;
const ROWS_A_REPORT = 50_000;

export interface ScoreJobContext {
  store: ArtifactStore;
  signal: AbortSignal;
  progress(progress: JobProgress): void;
}

/**
 * Scores files of any length. Nothing is written, so whoever takes the job over begins anew.
 * @throws SrvauError as `scoreRequest`; UNPROCESSABLE for more than 5,000,000 references
 */
export async function scoreJob(
  request: EvaluationScoreJobRequest,
  { store, signal, progress }: ScoreJobContext,
): Promise<EvaluationScores> {
  const source = { store, signal };
  const report = (stage: 'references' | 'predictions', done: number): void => {
    if (done % ROWS_A_REPORT === 0) progress({ stage, done, total: null, unit: stage });
  };
  const references: ReferenceRow[] = [];
  await eachReference({ ...source, field: 'referencesUri', uri: request.referencesUri }, (row) => {
    if (references.length === MAX_REFERENCES) {
      throw SrvauError.mismatch('UNPROCESSABLE', request.referencesUri, `at most ${MAX_REFERENCES} references`, 'more');
    }
    references.push(row);
    report('references', references.length);
    return true;
  });
  const scorer = await scorerOf(references, request);
  let predictions = 0;
  await eachPrediction({ ...source, field: 'predictionsUri', uri: request.predictionsUri }, (prediction) => {
    scorer.add(prediction);
    report('predictions', (predictions += 1));
    return true;
  });
  return scorer.finish();
}
