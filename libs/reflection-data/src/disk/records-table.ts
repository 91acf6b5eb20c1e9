import type {
  DatasetSource,
  ReflectCall,
  ReflectPath,
  ReflectRecord,
  ReflectSplit,
  ReflectTeacherCall,
  RolloutTask,
} from '@srvau/contracts';
import type { RowOf, TableSchema } from '@srvau/storage';

/** Columns of a call: what one model was asked. */
const INITIAL_CALL = {
  initialBackend: 'string?',
  initialModel: 'string?',
  initialModelHash: 'string?',
  initialPromptId: 'string?',
  initialPromptHash: 'string?',
  initialSampling: 'json?',
  initialSeed: 'int64?',
  initialPromptTokens: 'int64?',
  initialCompletionTokens: 'int64?',
  initialCostUsd: 'double?',
} as const satisfies TableSchema;

const TEACHER_CALL = {
  teacherBackend: 'string?',
  teacherModel: 'string?',
  teacherModelHash: 'string?',
  teacherPromptId: 'string?',
  teacherPromptHash: 'string?',
  teacherSampling: 'json?',
  teacherSeed: 'int64?',
  teacherPromptTokens: 'int64?',
  teacherCompletionTokens: 'int64?',
  teacherCostUsd: 'double?',
  teacherAttempts: 'int32?',
  teacherRetriedFor: 'json?',
} as const satisfies TableSchema;

/**
 * Columns of `records.parquet`: the fields of a ReflectRecord, spread out. JSON are only the lists of options and faults,
 * whose lengths differ, and the sampling options.
 */
export const RECORDS_TABLE = {
  id: 'string',
  rowId: 'string',
  task: 'string',
  sample: 'int32',
  split: 'string',
  source: 'string',
  video: 'string',
  videoUri: 'string?',
  videoKey: 'string?',
  durationSec: 'double?',
  question: 'string?',
  options: 'json?',
  correctOption: 'string?',
  truthLabel: 'string?',
  truthNormal: 'boolean?',
  truthStartSec: 'double?',
  truthEndSec: 'double?',
  anomalyClass: 'string?',
  path: 'string',
  initialCompletion: 'string?',
  initialWellFormed: 'boolean?',
  initialReasoning: 'string',
  initialAnswer: 'string?',
  initialStartSec: 'double?',
  initialEndSec: 'double?',
  initialCorrect: 'boolean',
  reflection: 'string',
  revisedReasoning: 'string',
  revisedAnswer: 'string',
  revisedStartSec: 'double?',
  revisedEndSec: 'double?',
  transcript: 'string',
  ...INITIAL_CALL,
  ...TEACHER_CALL,
} as const satisfies TableSchema;

type Row = RowOf<typeof RECORDS_TABLE>;
type Span = readonly [number, number];

export function toTableRow(record: ReflectRecord): Row {
  const { truth, initial, revised, provenance, options, ...fields } = record;
  return {
    ...fields,
    options,
    truthLabel: truth.label ?? null,
    truthNormal: truth.normal ?? null,
    truthStartSec: truth.spanSec?.[0] ?? null,
    truthEndSec: truth.spanSec?.[1] ?? null,
    initialCompletion: initial.completion,
    initialWellFormed: initial.wellFormed,
    initialReasoning: initial.reasoning,
    initialAnswer: initial.answer,
    initialStartSec: initial.spanSec?.[0] ?? null,
    initialEndSec: initial.spanSec?.[1] ?? null,
    initialCorrect: initial.correct,
    revisedReasoning: revised.reasoning,
    revisedAnswer: revised.answer,
    revisedStartSec: revised.spanSec?.[0] ?? null,
    revisedEndSec: revised.spanSec?.[1] ?? null,
    ...callCells(provenance.initial, 'initial'),
    ...callCells(provenance.teacher, 'teacher'),
    teacherAttempts: provenance.teacher?.attempts ?? null,
    teacherRetriedFor: provenance.teacher?.retriedFor ?? null,
  } as Row;
}

/** The inverse of `toTableRow`; not checked yet, see `checkRecord`. */
export function fromTableRow(row: Row): ReflectRecord {
  const initialCall = callOf(row, 'initial');
  const teacherCall = callOf(row, 'teacher');
  const truthSpan = spanOf(row.truthStartSec, row.truthEndSec);
  return {
    id: row.id,
    rowId: row.rowId,
    task: row.task as RolloutTask,
    sample: row.sample,
    split: row.split as ReflectSplit,
    source: row.source as DatasetSource,
    video: row.video,
    videoUri: row.videoUri,
    videoKey: row.videoKey,
    durationSec: row.durationSec,
    question: row.question,
    options: row.options as readonly string[] | null,
    correctOption: row.correctOption,
    truth: {
      ...(row.truthLabel === null ? {} : { label: row.truthLabel }),
      ...(row.truthNormal === null ? {} : { normal: row.truthNormal }),
      ...(truthSpan === null ? {} : { spanSec: truthSpan }),
    },
    anomalyClass: row.anomalyClass,
    path: row.path as ReflectPath,
    initial: {
      reasoning: row.initialReasoning,
      answer: row.initialAnswer,
      spanSec: spanOf(row.initialStartSec, row.initialEndSec),
      completion: row.initialCompletion,
      wellFormed: row.initialWellFormed,
      correct: row.initialCorrect,
    },
    reflection: row.reflection,
    revised: {
      reasoning: row.revisedReasoning,
      answer: row.revisedAnswer,
      spanSec: spanOf(row.revisedStartSec, row.revisedEndSec),
    },
    transcript: row.transcript,
    provenance: {
      initial: initialCall,
      teacher:
        teacherCall === null
          ? null
          : ({
              ...teacherCall,
              attempts: row.teacherAttempts,
              retriedFor: row.teacherRetriedFor,
            } as ReflectTeacherCall),
    },
  };
}

type Side = 'initial' | 'teacher';

function callCells(call: ReflectCall | null, side: Side): Record<string, unknown> {
  return {
    [`${side}Backend`]: call?.model.backend ?? null,
    [`${side}Model`]: call?.model.model ?? null,
    [`${side}ModelHash`]: call?.model.hash ?? null,
    [`${side}PromptId`]: call?.promptId ?? null,
    [`${side}PromptHash`]: call?.promptHash ?? null,
    [`${side}Sampling`]: call?.sampling ?? null,
    [`${side}Seed`]: call?.seed ?? null,
    [`${side}PromptTokens`]: call?.promptTokens ?? null,
    [`${side}CompletionTokens`]: call?.completionTokens ?? null,
    [`${side}CostUsd`]: call?.costUsd ?? null,
  };
}

function callOf(row: Row, side: Side): ReflectCall | null {
  const backend = row[`${side}Backend`];
  if (backend === null) return null;
  return {
    model: { backend, model: row[`${side}Model`] ?? '', hash: row[`${side}ModelHash`] },
    promptId: row[`${side}PromptId`] ?? '',
    promptHash: row[`${side}PromptHash`] ?? '',
    sampling: row[`${side}Sampling`] as ReflectCall['sampling'],
    seed: row[`${side}Seed`],
    promptTokens: row[`${side}PromptTokens`],
    completionTokens: row[`${side}CompletionTokens`],
    costUsd: row[`${side}CostUsd`],
  };
}

const spanOf = (startSec: number | null, endSec: number | null): Span | null =>
  startSec === null || endSec === null ? null : [startSec, endSec];
