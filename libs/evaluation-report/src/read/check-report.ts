import {
  type EvaluationReport,
  EVALUATION_PROTOCOLS,
  EVALUATION_TASKS,
  isObject,
  RECALL_THRESHOLDS,
  REPORT_FORMAT,
  REPORT_VERSION,
  SrvauError,
  describe,
  THINKINGS,
  VAU_EVAL_DIMENSIONS,
} from '@srvau/contracts';
import { anything, listOf, number, object, oneOf, orNull, pair, recordOf, type Shape, text } from './shape';

/**
 * A report that was read, checked as far as anything here looks into it: what passes can be listed, shown and compared.
 *
 * @param where names the file, in messages
 * @throws SrvauError UNPROCESSABLE: not a report, of another version, or damaged, and where
 */
export function checkReport(value: unknown, where: string): EvaluationReport {
  const { format, version } = (isObject(value) ? value : {}) as Partial<Record<string, unknown>>;
  if (format !== REPORT_FORMAT) {
    throw SrvauError.mismatch('UNPROCESSABLE', `${where}: format`, `"${REPORT_FORMAT}"`, describe(format));
  }
  if (version !== REPORT_VERSION) {
    const expected = `version ${REPORT_VERSION} of a report`;
    throw SrvauError.mismatch('UNPROCESSABLE', `${where}: version`, expected, describe(version));
  }
  try {
    REPORT(value, '');
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    throw new SrvauError('UNPROCESSABLE', `${where}: ${error.message}`, { details: error.details, cause: error });
  }
  return value as EvaluationReport;
}

const fieldsOf = (names: readonly string[], shape: Shape): Record<string, Shape> =>
  Object.fromEntries(names.map((name) => [name, shape]));

const figure = orNull(number);
const protocol = object({ name: oneOf(...EVALUATION_PROTOCOLS), version: number });
const ids = { count: number, ids: listOf(text) };
const identity = object({ backend: text, model: text, hash: orNull(text) });

const counts = object({
  ...{ items: number, answered: number, finishReasons: recordOf(number), wellFormed: figure },
  missing: object({ ...ids, reasons: recordOf(object(ids)) }),
  tokens: object({ prompt: figure, completion: figure }),
});

const recall = object(fieldsOf(RECALL_THRESHOLDS, figure));
const parts = { total: number, unparsable: number, missing: number, skipped: number };
const ratio = { accuracy: figure, correct: number, total: number };
const transitions = object(
  fieldsOf(['correctToCorrect', 'wrongToCorrect', 'wrongToWrong', 'correctToWrong', 'total'], number),
);

const scores = object({
  protocol,
  qa: object({ ...parts, accuracy: figure, correct: number }),
  tag: object({
    ...{ ...parts, mIoU: figure, recall },
    anomalous: object({ mIoU: figure, recall, total: number }),
    normal: object(ratio),
  }),
  transitions: object({ qa: transitions, tag: transitions }),
  intervals: orNull(
    object({
      ...{ level: number, resamples: number, seed: number },
      qa: object({ accuracy: orNull(pair) }),
      tag: object({ mIoU: orNull(pair), recall: object(fieldsOf(RECALL_THRESHOLDS, orNull(pair))) }),
    }),
  ),
  classes: listOf(
    object({ anomalyClass: text, qa: object(ratio), tag: object({ mIoU: figure, recall, total: number }) }),
  ),
  ...{ skipped: recordOf(object(ids)), faults: recordOf(object(ids)) },
});

const agreement = object({ pairs: number, meanAbsoluteDifference: figure, exact: figure, alpha: figure });

const vauEval = object({
  dimensions: object(fieldsOf(VAU_EVAL_DIMENSIONS, object({ mean: figure, n: number }))),
  ...{ total: figure, items: number, judged: number, repeats: number, unscoredRepeats: number },
  unscored: object({ ...ids, reasons: recordOf(object(ids)) }),
  agreement: orNull(object(fieldsOf([...VAU_EVAL_DIMENSIONS, 'total'], agreement))),
  ...{ judge: identity, answeredBy: recordOf(number), promptId: text, promptHash: text },
  sampling: object({ temperature: number, maxNewTokens: number, seed: number }),
  ...{ replies: number, faults: recordOf(number) },
});

const figures = { counts, scores: orNull(scores), vauEval: orNull(vauEval) };
const origin: Shape = (value, at) => {
  object({ kind: oneOf('measured', 'published') })(value, at);
  if ((value as { kind: string }).kind === 'published') object({ table: number })(value, at);
};
const row = { dataset: text, model: text, origin };

const REPORT = object({
  ...{ name: text, protocol, settings: recordOf(anything), versions: recordOf(text) },
  model: object({ uri: text, identity }),
  dataset: object({
    ...{ uri: text, name: text, hash: text, split: orNull(text), rows: number },
    excluded: recordOf(object(ids)),
  }),
  results: listOf(
    object({
      ...{ task: oneOf(...EVALUATION_TASKS), thinking: oneOf(...THINKINGS), ...figures },
      prompt: object({ id: text, hash: text, grammar: orNull(text) }),
      datasets: listOf(object({ dataset: text, ...figures })),
    }),
  ),
  tables: object({
    qa: listOf(
      object({
        ...{ ...row, withoutThink: figure, withThink: figure, total: figure },
        vauEval: object(fieldsOf(VAU_EVAL_DIMENSIONS, figure)),
      }),
    ),
    grounding: listOf(object({ ...row, ...fieldsOf(['mIoU', 'R@0.3', 'R@0.5', 'R@0.7'], figure) })),
  }),
});
