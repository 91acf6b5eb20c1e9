import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { type JobAccepted, SubmitJobRequest } from '../jobs/job-requests';
import type { TranscriptGrammar } from '../reward/score';
import { describe } from '../validation/describe';
import { isObject } from '../validation/json';
import { parseDto } from '../validation/parse-dto';
import { SrvauError } from '../wire/errors';
import { readPredictions, readReferences } from './read-rows';
import { BootstrapSeed, Grammar, Protocol, Resamples } from './request-rules';
import { PredictionDto, type PredictionRow, ReferenceDto, type ReferenceRow } from './rows';
import type { EvaluationProtocol, EvaluationScores } from './scores';

/** Rows, of predictions or of references, that are scored while the caller waits; what has more is a job. */
export const MAX_DIRECT_ROWS = 10_000;

/** How predictions are to be scored. */
export class EvaluationScoreSettings extends SubmitJobRequest {
  /** `strict` without it. */
  @Protocol()
  protocol?: EvaluationProtocol;

  /**
   * What the model was to write. With two rounds, a completion of one answer has no final one. Without it the last
   * answer is the final one, however many there are.
   */
  @Grammar()
  grammar?: TranscriptGrammar;

  /** Of the bootstrap; 0 leaves the intervals out. 1,000 without it. */
  @Resamples(0)
  resamples?: number;

  /** Of the bootstrap; 0 without it. */
  @BootstrapSeed()
  seed?: number;
}

const URI_CHARS = [1, 4096] as const;

/** Work of the job `evaluation.score`. */
export class EvaluationScoreJobRequest extends EvaluationScoreSettings {
  /** JSONL, `file:///…` or `s3://…`. */
  @IsString()
  @Length(...URI_CHARS)
  predictionsUri!: string;

  @IsString()
  @Length(...URI_CHARS)
  referencesUri!: string;
}

/** Request of `srvau.evaluation.score`: predictions and references, each as rows or by the URI of a JSONL file. */
export class EvaluationScoreRequest extends EvaluationScoreSettings {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_DIRECT_ROWS)
  @ValidateNested({ each: true })
  @Type(() => PredictionDto)
  predictions?: readonly PredictionRow[];

  @IsOptional()
  @IsString()
  @Length(...URI_CHARS)
  predictionsUri?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_DIRECT_ROWS)
  @ValidateNested({ each: true })
  @Type(() => ReferenceDto)
  references?: readonly ReferenceRow[];

  @IsOptional()
  @IsString()
  @Length(...URI_CHARS)
  referencesUri?: string;
}

/** The other half of a request: what `parseDto` checks of it. */
class RowlessRequest extends EvaluationScoreSettings {
  @IsOptional()
  @IsString()
  @Length(...URI_CHARS)
  predictionsUri?: string;

  @IsOptional()
  @IsString()
  @Length(...URI_CHARS)
  referencesUri?: string;
}

/** `parseDto(EvaluationScoreRequest, …)` for many rows. @throws SrvauError INVALID_REQUEST, PAYLOAD_TOO_LARGE */
export function readEvaluationScoreRequest(data: unknown, what: string): EvaluationScoreRequest {
  if (!isObject(data)) return parseDto(EvaluationScoreRequest, data, what);
  const { predictions, references, ...rest } = data;
  // Most requests are rows and nothing else, and validation by decorators would take as long as scoring twenty of them.
  const isBare = Object.keys(rest).length === 0;
  const request: EvaluationScoreRequest = isBare ? new RowlessRequest() : parseDto(RowlessRequest, rest, what);
  const predicted = chosen('predictions', predictions, request.predictionsUri, readPredictions);
  const referred = chosen('references', references, request.referencesUri, readReferences);
  return Object.assign(
    request,
    predicted === undefined ? {} : { predictions: predicted },
    referred === undefined ? {} : { references: referred },
  );
}

/** Rows or a URI, one of the two. */
function chosen<T>(
  field: string,
  rows: unknown,
  uri: string | undefined,
  read: (value: unknown, what: string) => T[],
): T[] | undefined {
  const hasRows = rows !== undefined && rows !== null;
  if (hasRows === (uri !== undefined)) {
    const received = hasRows ? 'both' : 'neither';
    throw SrvauError.mismatch('INVALID_REQUEST', field, `either ${field} or ${field}Uri`, received);
  }
  if (!hasRows) return undefined;
  if (Array.isArray(rows) && rows.length > MAX_DIRECT_ROWS) {
    const expected = `at most ${MAX_DIRECT_ROWS} rows, or ${field}Uri`;
    throw SrvauError.mismatch('PAYLOAD_TOO_LARGE', field, expected, describe(rows));
  }
  return read(rows, field);
}

/** Of files that are too long to wait for: the job whose result is the scores. */
export interface EvaluationScoreJob {
  job: JobAccepted;
}

/** Reply of `srvau.evaluation.score`: the scores, or the job that makes them its result. */
export type EvaluationScoreReply = EvaluationScores | EvaluationScoreJob;
