import {
  type EvaluationReport,
  type EvaluationTask,
  type ReferenceRow,
  type ReportPrompt,
  type Thinking,
  VAU_EVAL_DIMENSIONS,
  type VauEvalJudgement,
  type VauEvalMarks,
  type VauEvalSummary,
} from '@srvau/contracts';
import type { EvaluatedItem } from '../src/build/evaluated-item';
import { ReportBuilder, type ReportHead } from '../src/build/report-builder';
import type { TranscriptRow } from '../src/transcripts/transcripts-table';

const SHA = 'c0ffee00'.repeat(8);
const NOTHING_KNOWN = {
  ...{ label: undefined, normal: undefined, spanSec: undefined, anomalyClass: undefined, durationSec: undefined },
};

export const prompt = (id: string, grammar: ReportPrompt['grammar']): ReportPrompt => ({ id, hash: SHA, grammar });

export function sampleHead(changes: Partial<ReportHead> = {}): ReportHead {
  return {
    name: 'sample',
    protocol: 'strict',
    model: {
      uri: 'openai:https://me:hush@models.example/v1?code=hush#tiny-vl?concurrency=2',
      identity: { backend: 'openai', model: 'tiny-vl', hash: null },
    },
    dataset: {
      ...{ uri: 'file:///data/bench', name: 'bench', hash: `sha256:${SHA}`, split: 'test', rows: 40 },
      excluded: { 'qa:no-text': { count: 1, ids: ['row-40'] } },
    },
    settings: {
      seed: 7,
      model: 'openai:https://me:hush@models.example/v1#tiny-vl',
      limit: null,
      sampling: { temperature: 0 },
    },
    versions: { srvau: '0.1.0', native: '0.1.0' },
    prompts: [
      { task: 'tag', thinking: 'with', prompt: prompt('reflection-rft/tag', 'reflective') },
      { task: 'qa', thinking: 'without', prompt: prompt('direct/qa', 'direct') },
      { task: 'qa', thinking: 'with', prompt: prompt('reflection-rft/qa', 'reflective') },
      { task: 'describe', thinking: 'with', prompt: prompt('description/with', null) },
    ],
    ...{ resamples: 200, seed: 7, published: false, summarize },
    ...changes,
  };
}

interface Asked {
  task: EvaluationTask;
  thinking: Thinking;
  index: number;
}

/** Which of 40 rows is what: even ones of UCF-Crime, odd ones of MSAD; every fifth is normal. */
const rowOf = (index: number): { id: string; dataset: string; anomalyClass: string } => ({
  id: `row-${index}`,
  dataset: index % 2 === 0 ? 'ucf' : 'msad',
  anomalyClass: index % 5 === 0 ? 'Normal' : index % 3 === 0 ? 'Fire | <b>smoke</b>' : 'Fighting',
});

export function reference({ task, index }: Asked): ReferenceRow | null {
  const { id, anomalyClass } = rowOf(index);
  const normal = anomalyClass === 'Normal';
  if (task === 'describe') return null;
  if (task === 'qa') return { ...NOTHING_KNOWN, id, task, label: 'ABCD'[index % 4], anomalyClass };
  return {
    ...{ ...NOTHING_KNOWN, id, task, normal, anomalyClass, durationSec: 20 },
    spanSec: normal || index === 7 ? undefined : [index % 7, (index % 7) + 6],
  };
}

/** @param skill how many of eight rows are answered rightly */
export function completion({ task, thinking, index }: Asked, skill: number): string {
  const right = index % 8 < skill;
  if (task === 'describe') return `Two people meet at ${index} s.`;
  if (task === 'qa') {
    const label = 'ABCD'[(index + (right ? 0 : 1)) % 4] ?? 'A';
    if (thinking === 'without') return `<answer>${label}</answer>`;
    return `<think>a</think><answer>A</answer><reflection>r</reflection><think>b</think><answer>${label}</answer>`;
  }
  const normal = rowOf(index).anomalyClass === 'Normal';
  const start = index % 7;
  // Of those that are wrong every second one finds the anomaly, but not all of it.
  const saysNormal = right || index % 2 === 0 ? normal === right : false;
  const said = saysNormal ? ['Normal', '[-1.0, -1.0]'] : ['Anomaly', `[${start}, ${start + (right ? 6 : 3)}]`];
  const round = `<think>a</think><answer>${said[0] ?? ''}</answer><glue>${said[1] ?? ''}</glue>`;
  return `${round}<reflection>r</reflection>${round}`;
}

/** 40 items of each way of asking, some without an answer. */
export function sampleItems(skill = 6, prompts = sampleHead().prompts): EvaluatedItem[] {
  return prompts.flatMap(({ task, thinking }) =>
    Array.from({ length: 40 }, (_, index): EvaluatedItem => {
      const asked = { task, thinking, index };
      const { id, dataset } = rowOf(index);
      const isMissing = index === 13;
      return {
        ...{ id, task, thinking, dataset, video: `${id}.mp4`, reference: reference(asked) },
        answer: isMissing
          ? { missing: 'video-unreadable', detail: 'no frames' }
          : {
              completion: index === 11 && task !== 'describe' ? '<think>no end' : completion(asked, skill),
              finishReason: index === 11 ? 'length' : 'stop',
              ...{ promptTokens: 100, completionTokens: 20 },
            },
        judgement: task === 'describe' ? judgement(id, isMissing ? null : skill) : null,
      };
    }),
  );
}

function judgement(id: string, skill: number | null): VauEvalJudgement {
  if (skill === null) {
    const unscored = { marks: null, unscored: 'candidate-empty', detail: 'nothing to judge' } as const;
    return { id, marks: null, total: null, repeats: [unscored], replies: [] };
  }
  const mark = Math.min(10, skill + (id.length % 2));
  const marks = Object.fromEntries(VAU_EVAL_DIMENSIONS.map((name) => [name, mark])) as unknown as VauEvalMarks;
  return { id, marks, total: 5 * mark, repeats: [{ marks, unscored: null }], replies: [] };
}

/** Stands for the judge's own summary. */
export function summarize(judgements: readonly VauEvalJudgement[]): VauEvalSummary {
  const judged = judgements.flatMap(({ marks }) => (marks === null ? [] : [marks]));
  const mean = (of: (marks: VauEvalMarks) => number): number | null =>
    judged.length === 0 ? null : judged.reduce((sum, marks) => sum + of(marks), 0) / judged.length;
  const dimensions = VAU_EVAL_DIMENSIONS.map((name) => [
    name,
    { mean: mean((marks) => marks[name]), n: judged.length },
  ]);
  const unscored = judgements.filter(({ marks }) => marks === null).map(({ id }) => id);
  return {
    dimensions: Object.fromEntries(dimensions) as VauEvalSummary['dimensions'],
    total: mean((marks) => VAU_EVAL_DIMENSIONS.reduce((sum, name) => sum + marks[name], 0)),
    ...{ items: judgements.length, judged: judged.length, repeats: 1, unscoredRepeats: unscored.length },
    unscored: {
      ...{ count: unscored.length, ids: unscored },
      reasons: unscored.length === 0 ? {} : { 'candidate-empty': { count: unscored.length, ids: unscored } },
    },
    agreement: null,
    judge: { backend: 'openai', model: 'judge-of-tests', hash: null },
    answeredBy: { 'judge-of-tests-0001': judged.length },
    ...{ promptId: 'vau-eval/1', promptHash: SHA },
    sampling: { temperature: 0, maxNewTokens: 1024, seed: 0 },
    ...{ replies: judged.length, faults: {}, usage: { promptTokens: null, completionTokens: null } },
  };
}

export function sampleReport(
  changes: Partial<ReportHead> = {},
  items?: readonly EvaluatedItem[],
): { report: EvaluationReport; rows: TranscriptRow[] } {
  const head = sampleHead(changes);
  const builder = new ReportBuilder(head);
  const rows = (items ?? sampleItems(6, head.prompts)).map((item) => builder.add(item));
  return { report: atOnce(builder.finish()), rows };
}

/** What a computation in steps comes to. */
export function atOnce<R>(steps: Generator<void, R>): R {
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}
