import { PLUGIN_ID } from '@srvau/contracts';
import { Type } from 'class-transformer';
import {
  ArrayUnique,
  Equals,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { RewardScope, RolloutNeed } from '@srvau/reward-sdk';

export const PLUGIN_ID_FORM = 'lower-case words joined by -, e.g. brevity or answer-length';
export const MAX_PLUGIN_ID_CHARS = 64;

class CommonFields {
  @Equals('reward-plugin', { message: '$property must be "reward-plugin"' })
  kind!: 'reward-plugin';

  @MaxLength(MAX_PLUGIN_ID_CHARS)
  @Matches(PLUGIN_ID, { message: `$property must be ${PLUGIN_ID_FORM}` })
  id!: string;

  @IsString()
  @Length(1, 200)
  sdk!: string;
}

/** The fields under `srvau` of a plugin in JavaScript. */
export class ModuleFields extends CommonFields {
  @IsString()
  @Length(1, 1024)
  @Matches(/^\.\//, { message: '$property must be a path in the package that begins with ./' })
  entry!: string;
}

class RangeFields {
  @IsNumber()
  min!: number;

  @IsNumber()
  max!: number;
}

const scopes: readonly RewardScope[] = ['sample', 'group'];
const needs: readonly RolloutNeed[] = ['label', 'normal', 'span', 'durationSec', 'tokens'];

/** The fields under `srvau` of a plugin that is reached over NATS: no code of it is here to be asked. */
export class NatsFields extends CommonFields {
  @Equals('nats', { message: '$property must be "nats"' })
  transport!: 'nats';

  @IsInt()
  @Min(1)
  scoreVersion!: number;

  @IsIn(scopes)
  scope!: RewardScope;

  @IsObject()
  @ValidateNested()
  @Type(() => RangeFields)
  range!: RangeFields;

  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn(needs, { each: true })
  needs?: RolloutNeed[];

  @IsOptional()
  @IsString()
  @Length(1, 500)
  summary?: string;

  /** JSON Schema. */
  @IsOptional()
  @IsObject()
  options?: Record<string, unknown>;
}
