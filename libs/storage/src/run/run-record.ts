import { SrvauError, describe, parseDto } from '@srvau/contracts';
import { Type } from 'class-transformer';
import {
  Equals,
  IsArray,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

/** Version of the layout of `run.json`; a change that older readers would misread raises it. */
export const RUN_SCHEMA_VERSION = 1;

/** A name of a run. */
export const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Something that a run was made from: a dataset, a checkpoint of another run. */
export class RunParent {
  /** What it is to the run, e.g. `dataset` or `policy`. */
  @Matches(/^[a-z][a-z0-9-]{0,63}$/, { message: '$property must be a name of a-z, 0-9 and -' })
  role!: string;

  @IsString()
  @Length(1, 2000)
  uri!: string;

  /** Digest of its content, `sha256:<hex>`, where one is known. */
  @IsOptional()
  @Matches(/^sha256:[0-9a-f]{64}$/, { message: '$property must be sha256: and 64 hex digits' })
  digest?: string;
}

/** What a run is, written when it begins. Everything needed to do it again. */
export class RunRecord {
  @Equals(RUN_SCHEMA_VERSION)
  schemaVersion!: typeof RUN_SCHEMA_VERSION;

  /** That of the directory, where it is one. */
  @Matches(RUN_ID, { message: '$property must be a name of 1 to 128 letters, digits, ".", "_" and "-"' })
  id!: string;

  /** E.g. `training.sft`. */
  @Matches(/^[a-z][a-z0-9.-]{0,63}$/, { message: '$property must be a name of a-z, 0-9, "." and "-"' })
  kind!: string;

  /** ISO 8601 in UTC. */
  @IsISO8601({ strict: true })
  createdAt!: string;

  /** Seed from which all randomness of the run is derived. */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  seed!: number;

  /** The configuration as resolved: defaults filled in. Of a run that went on with other settings, the last ones. */
  @IsObject()
  config!: Record<string, unknown>;

  /** The configuration as the user gave it. */
  @IsOptional()
  @IsObject()
  given?: Record<string, unknown>;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RunParent)
  parents!: RunParent[];

  /** Name → version of what computes the run: this software, reward plugins, the native library. */
  @IsObject()
  versions!: Record<string, string>;
}

/**
 * @param file names the source in messages.
 * @throws SrvauError UNPROCESSABLE with one detail for each fault.
 */
export function parseRunRecord(json: string, file: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw SrvauError.mismatch('UNPROCESSABLE', file, 'JSON', describe(json), { cause });
  }
  const record = parseDto(RunRecord, value, file, 'UNPROCESSABLE');
  for (const [name, version] of Object.entries(record.versions)) {
    if (typeof version === 'string') continue;
    const field = `versions.${name}`;
    throw SrvauError.mismatch('UNPROCESSABLE', `${file}: ${field}`, 'a string', describe(version), { field });
  }
  return record;
}
