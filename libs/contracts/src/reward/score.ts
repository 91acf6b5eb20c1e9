import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { describe } from '../validation/describe';
import { isObject } from '../validation/json';
import { parseDto } from '../validation/parse-dto';
import { SrvauError } from '../wire/errors';
import { readRollouts, type RolloutRow } from './read-rollouts';
import { RolloutDto } from './rollout';

/** Orders of segments that a completion may be held against; see the transcript grammar of `@srvau/reasoning`. */
export const TRANSCRIPT_GRAMMARS = ['reflective', 'two-step', 'single', 'direct'] as const;
export type TranscriptGrammar = (typeof TRANSCRIPT_GRAMMARS)[number];

/** Ids of plugins: lower-case words joined by `-`. An id is a column's name, a metric's label and a word of a NATS subject. */
export const PLUGIN_ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Rollouts of one request; what fits into a message is mostly less. */
export const MAX_ROLLOUTS = 100_000;
export const MAX_DEADLINE_MS = 600_000;

/** Options of plugins, by plugin id; what is absent has the plugin's default. */
export type OptionsByPlugin = Record<string, Record<string, unknown>>;

/** How the rollouts of a request are to be scored. */
export class ScoreSettings {
  /** Ids of the plugins that are to score; without it every loaded one. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(64)
  @ArrayUnique({ message: 'plugins must be ids that differ from each other' })
  @Matches(PLUGIN_ID, { each: true, message: 'plugins must be ids of plugins, lower-case words joined by "-"' })
  plugins?: string[];

  @IsOptional()
  @IsObject()
  options?: OptionsByPlugin;

  /** `reflective` without it. */
  @IsOptional()
  @IsIn(TRANSCRIPT_GRAMMARS, { message: `grammar must be one of ${TRANSCRIPT_GRAMMARS.join(', ')}` })
  grammar?: TranscriptGrammar;

  /** Of the training run; plugins may look at it. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  step?: number;

  /** A plugin that has not answered after it fails; the service's own deadline without it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_DEADLINE_MS)
  deadlineMs?: number;

  /** Also answers the named parts of the scores. */
  @IsOptional()
  @IsBoolean()
  parts?: boolean;
}

/** Request of `srvau.reward.score`. The rollouts of a group stand next to each other. */
export class ScoreRequest extends ScoreSettings {
  @IsArray()
  @ArrayMaxSize(MAX_ROLLOUTS)
  @ValidateNested({ each: true })
  @Type(() => RolloutDto)
  rollouts!: readonly RolloutRow[];
}

/**
 * `parseDto(ScoreRequest, …)` for large batches: the rollouts have a reader of their own, which is some hundred times
 * faster and says the same.
 *
 * @throws SrvauError INVALID_REQUEST
 */
export function readScoreRequest(data: unknown, what: string): ScoreRequest {
  if (!isObject(data)) return parseDto(ScoreRequest, data, what);
  const { rollouts, ...rest } = data;
  const settings = parseDto(ScoreSettings, rest, what);
  checkOptions(settings.options, what);
  const rows = readRollouts(rollouts, 'rollouts');
  if (rows.length > MAX_ROLLOUTS) {
    throw SrvauError.mismatch('INVALID_REQUEST', 'rollouts', `at most ${MAX_ROLLOUTS} rollouts`, describe(rollouts));
  }
  return Object.assign(settings, { rollouts: rows });
}

function checkOptions(options: OptionsByPlugin | undefined, what: string): void {
  for (const [id, value] of Object.entries(options ?? {})) {
    if (isObject(value)) continue;
    throw SrvauError.mismatch('INVALID_REQUEST', `${what}: options.${id}`, 'an object', describe(value), {
      field: `options.${id}`,
    });
  }
}

/** Rollouts, by their place in the request, that share a reason. */
export interface RowsBecause {
  because: string;
  rows: number[];
}

/** What one plugin says about every rollout of a request. */
export interface ScoreColumn {
  scoreVersion: number;
  /** Of the plugin's scores under the options of the request; both ends belong to it. */
  range: { min: number; max: number };
  /** In the order of the request. Null where the plugin abstained or failed, which is not a score of 0. */
  values: (number | null)[];
  /** By name of the part; null where a rollout has none of that name. Only if asked for. */
  parts?: Record<string, (number | null)[]>;
  abstained: RowsBecause[];
  /** Each reason begins with `id@scoreVersion`. */
  failed: RowsBecause[];
}

/** What the lengths of the rollouts were counted in. */
export type LengthUnit = 'tokens' | 'words' | 'mixed';

/** Reply of `srvau.reward.score`. */
export interface ScoreReply {
  rows: number;
  /** Null where there are no rows. */
  lengthUnit: LengthUnit | null;
  /** By plugin id. */
  columns: Record<string, ScoreColumn>;
  /** Wall-clock time; that of `plugins` is by id, and they run side by side. */
  timingsMs: { queued: number; plugins: Record<string, number>; total: number };
}
