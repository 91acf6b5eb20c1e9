import { readFileSync } from 'node:fs';
import { parseDto, readRollouts, type RolloutRow, SrvauError } from '@srvau/contracts';
import { type Grammar, GRAMMARS } from '@srvau/reasoning';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  MinLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { ScoreParts } from '../score';

/** What a rollout is to score. */
export type GoldenScore =
  | { readonly kind: 'scored'; readonly value: number; readonly parts?: ScoreParts }
  | { readonly kind: 'abstained'; readonly because?: string };

export interface GoldenCase {
  /** Unique in the file. */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly grammar: Grammar;
  /** Scored as one batch. */
  readonly rollouts: readonly RolloutRow[];
  /** One for each rollout. Parts and reasons that are not named here are not compared. */
  readonly scores: readonly GoldenScore[];
}

/** Worked examples of a plugin, scored by hand or by something independent of it. */
export interface Golden {
  /** The plugin's scoreVersion that they belong to. */
  readonly scoreVersion: number;
  readonly cases: readonly GoldenCase[];
}

class GoldenScoreDto {
  @IsIn(['scored', 'abstained'])
  kind!: 'scored' | 'abstained';

  @ValidateIf(({ kind }: GoldenScoreDto) => kind === 'scored')
  @IsNumber()
  value?: number;

  @IsOptional()
  @IsObject()
  parts?: Record<string, number>;

  @IsOptional()
  @IsString()
  because?: string;
}

class GoldenCaseDto {
  @IsString()
  @MinLength(1)
  name!: string;

  @IsOptional()
  @IsObject()
  options: Record<string, unknown> = {};

  @IsOptional()
  @IsIn(GRAMMARS)
  grammar: Grammar = 'reflective';

  /** Rows in the wire form; contracts' own reader checks them. */
  @IsArray()
  rollouts!: unknown[];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => GoldenScoreDto)
  scores!: GoldenScoreDto[];
}

class GoldenDto {
  @IsInt()
  @Min(1)
  scoreVersion!: number;

  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => GoldenCaseDto)
  cases!: GoldenCaseDto[];
}

/**
 * Reads and checks golden values.
 *
 * @param golden what a golden.json holds, or where it lies
 * @throws SrvauError UNPROCESSABLE that names the file and the field
 */
export function readGolden(golden: unknown): Golden {
  const [value, what] =
    typeof golden === 'string' || golden instanceof URL ? parseFile(golden) : [golden, 'golden.json'];
  const { scoreVersion, cases } = parseDto(GoldenDto, value, what, 'UNPROCESSABLE');
  const names = new Set<string>();
  return { scoreVersion, cases: cases.map((each, i) => readCase(each, `${what}: cases[${i}]`, names)) };
}

function parseFile(file: string | URL): [value: unknown, what: string] {
  const what = String(file);
  try {
    return [JSON.parse(readFileSync(file, 'utf8')), what];
  } catch (cause) {
    const { message } = cause as Error;
    throw SrvauError.mismatch('UNPROCESSABLE', what, 'a file of JSON', message, { cause });
  }
}

function readCase(given: GoldenCaseDto, what: string, names: Set<string>): GoldenCase {
  const { name, options, grammar, scores } = given;
  if (names.has(name)) {
    throw SrvauError.mismatch('UNPROCESSABLE', `${what}.name`, 'a name of its own', `"${name}" once more`);
  }
  names.add(name);
  const rollouts = readRollouts(given.rollouts, `${what}.rollouts`, 'UNPROCESSABLE');
  if (scores.length !== rollouts.length) {
    const expected = `${rollouts.length}, as many as there are rollouts`;
    throw SrvauError.mismatch('UNPROCESSABLE', `${what}.scores`, expected, `${scores.length}`);
  }
  return { name, options, grammar, rollouts, scores: scores.map(plainScore) };
}

function plainScore({ kind, value = 0, parts, because }: GoldenScoreDto): GoldenScore {
  if (kind === 'scored') return parts === undefined ? { kind, value } : { kind, value, parts };
  return because === undefined ? { kind } : { kind, because };
}
