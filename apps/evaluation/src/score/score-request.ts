import {
  type EvaluationScoreRequest,
  type EvaluationScores,
  inField,
  MAX_DIRECT_ROWS,
  type ReferenceRow,
} from '@srvau/contracts';
import { PredictionScorer, type ScoreSettings } from '@srvau/metrics';
import type { ArtifactStore } from '@srvau/storage';
import { eachPrediction, eachReference } from './rows-of-uri';

/**
 * Scores what a request holds or names, while its caller waits.
 *
 * @returns undefined where a file has more than 10,000 rows; no more of it has been read
 * @throws SrvauError naming the field of the request, or the line of a file
 */
export async function scoreRequest(
  request: EvaluationScoreRequest,
  store: ArtifactStore,
  signal: AbortSignal,
): Promise<EvaluationScores | undefined> {
  const { predictions, predictionsUri = '', referencesUri = '' } = request;
  const source = { store, signal };
  const references =
    request.references ??
    (await few((visit) => eachReference({ ...source, field: 'referencesUri', uri: referencesUri }, visit)));
  if (references === undefined) return undefined;
  const scorer = await scorerOf(references, request);
  if (predictions !== undefined) {
    for (const prediction of predictions) scorer.add(prediction);
    return scorer.finish();
  }
  let count = 0;
  await eachPrediction({ ...source, field: 'predictionsUri', uri: predictionsUri }, (prediction) => {
    count += 1;
    if (count > MAX_DIRECT_ROWS) return false;
    scorer.add(prediction);
    return true;
  });
  return count > MAX_DIRECT_ROWS ? undefined : scorer.finish();
}

/** What is wrong with references as a set, under the name of the field that they came by. @throws SrvauError */
export async function scorerOf(
  references: readonly ReferenceRow[],
  { referencesUri, ...settings }: ScoreSettings & { referencesUri?: string },
): Promise<PredictionScorer> {
  const open = (): PredictionScorer => new PredictionScorer(references, settingsOf(settings));
  return referencesUri === undefined ? open() : inField('referencesUri', () => Promise.resolve().then(open));
}

export function settingsOf({ protocol, grammar, resamples, seed }: ScoreSettings): ScoreSettings {
  return { protocol, grammar, resamples, seed };
}

/** All references; undefined where they are more than are scored directly. */
async function few(
  each: (visit: (row: ReferenceRow) => boolean) => Promise<void>,
): Promise<ReferenceRow[] | undefined> {
  const rows: ReferenceRow[] = [];
  let isMore = false;
  await each((row) => {
    isMore = rows.length === MAX_DIRECT_ROWS;
    if (!isMore) rows.push(row);
    return !isMore;
  });
  return isMore ? undefined : rows;
}
