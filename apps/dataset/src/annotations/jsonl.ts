import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  type AnnotatedEvent,
  DATASET_SOURCES,
  DATASET_SPLITS,
  type DatasetSource,
  type DatasetSplit,
  describe,
  parseDto,
  SrvauError,
} from '@srvau/contracts';
import { type AnnotationReader, fourOptions, type RawAnnotation } from './raw-annotation';
import { readSpan } from './span';
import { annotatedText } from './text';
import { DEFAULT_TEXT_LIMITS, guardText, type TextLimits } from './text-guard';

const MAX_TEXT = 100_000;
const MAX_EVENTS = 1000;
/** A line break in the middle of a sentence, or nothing but spaces, is no part of one. */
const PHRASE = /^\S([^\p{Cc}]*\S)?$/u;

/** One event of a line: who does what, and when. */
export class JsonlEvent {
  /** Seconds from the first frame. */
  @IsNumber()
  @Min(0)
  startSec!: number;

  @IsOptional()
  @IsNumber()
  @Min(0)
  endSec?: number;

  /** As it stands in the middle of a sentence: `the person in red`. */
  @Length(1, 200)
  @Matches(PHRASE, { message: '$property must be one line of text' })
  who!: string;

  /** The rest of the sentence: `falls to the ground`. */
  @Length(1, 500)
  @Matches(PHRASE, { message: '$property must be one line of text' })
  what!: string;

  /** Part of the anomaly; no by default. */
  @IsOptional()
  @IsBoolean()
  anomalous?: boolean;
}

/**
 * One line of the JSONL form, one JSON object a line; blank lines are passed over. Only `video` and `anomalyClass` must be
 * there. README.md beside this package shows an example.
 */
export class JsonlAnnotation {
  /** Kept as the row's id; unique in the file. Without it, ids are made from the video's name. */
  @IsOptional()
  @Length(1, 200)
  @Matches(/^[^\s\p{Cc}]+$/u, { message: '$property must be text without spaces' })
  id?: string;

  @IsString()
  @MaxLength(MAX_TEXT)
  video!: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  question?: string;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(4)
  @ArrayMaxSize(4)
  @IsString({ each: true })
  options?: string[];

  /** `B`, `B.`, `(B)`, `B. full text`, or the full text of one option. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  answer?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  keyObject?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  description?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  reasoning?: string;

  /** `Normal`, or the anomaly's class. */
  @Length(1, 200)
  anomalyClass!: string;

  /** [start, end] in seconds; leave it out, or null, where there is none. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsNumber({}, { each: true })
  spanSec?: number[];

  /** What happens when, in any order. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_EVENTS)
  @ValidateNested({ each: true })
  @Type(() => JsonlEvent)
  events?: JsonlEvent[];

  @IsOptional()
  @IsIn(DATASET_SOURCES)
  source?: DatasetSource;

  @IsOptional()
  @IsIn(DATASET_SPLITS)
  split?: DatasetSplit;
}

/**
 * Reads our JSONL form.
 * @throws SrvauError UNPROCESSABLE that names file, line and field, when the iteration reaches the fault.
 */
export function readJsonlAnnotations(
  source: AsyncIterable<Uint8Array>,
  name: string,
  limits: TextLimits = DEFAULT_TEXT_LIMITS,
): AnnotationReader {
  return { unknownColumns: [], rows: toRows(source, name, limits) };
}

async function* toRows(
  source: AsyncIterable<Uint8Array>,
  name: string,
  limits: TextLimits,
): AsyncGenerator<RawAnnotation> {
  let row = 0;
  for await (const piece of guardText(source, name, limits)) {
    let line = piece.line;
    for (const text of piece.bytes.toString('utf8').split('\n')) {
      if (text.trim() !== '') {
        row += 1;
        yield toRow(
          parseDto(JsonlAnnotation, parseJson(text, name, line), `${name} line ${line}`, 'UNPROCESSABLE'),
          row,
          line,
        );
      }
      line += 1;
    }
  }
}

function parseJson(text: string, name: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const expected = 'one JSON object';
    const received = describe(text.trim());
    throw SrvauError.mismatch('UNPROCESSABLE', `${name} line ${line}`, expected, received, {
      field: `line ${line}`,
      cause,
    });
  }
}

function toRow(annotation: JsonlAnnotation, row: number, line: number): RawAnnotation {
  const [startSec, endSec] = annotation.spanSec ?? [];
  return {
    row,
    line,
    id: annotation.id ?? null,
    video: annotation.video.trim(),
    question: annotatedText(annotation.question),
    options: fourOptions((annotation.options ?? []).map(annotatedText)),
    correctOption: annotatedText(annotation.answer),
    keyObject: annotatedText(annotation.keyObject),
    description: annotatedText(annotation.description),
    reasoning: annotatedText(annotation.reasoning),
    anomalyClass: annotatedText(annotation.anomalyClass),
    span: startSec === undefined || endSec === undefined ? { kind: 'none' } : readSpan(startSec, endSec),
    events: annotation.events?.map(toEvent) ?? null,
    source: annotation.source ?? null,
    split: annotation.split ?? null,
  };
}

const toEvent = ({ startSec, endSec, who, what, anomalous }: JsonlEvent): AnnotatedEvent => ({
  ...{ startSec, endSec: endSec ?? null, who, what, anomalous: anomalous ?? false },
});
