import {
  type ReflectCall,
  type ReflectCounts,
  type ReflectRecord,
  type ReflectReject,
  type ReflectStatistics,
  type ReflectTransitions,
  type ReflectUsage,
  type RolloutTask,
  spanIou,
} from '@srvau/contracts';
import { countWords, Lengths } from './lengths';
import { Tally } from './tally';
import { WordCounts } from './word-counts';

/**
 * Counts records one at a time. Memory: names of videos, and distinct words.
 *
 * Equal records in equal order give equal statistics to the last bit.
 */
export class StatisticsBuilder {
  private readonly all = new Group();
  private readonly splits = { train: new Group(), val: new Group(), test: new Group() };
  private readonly sources = new Map<string, Group>();
  private readonly classes = new Map<string, Group>();
  private readonly paths = { correct: 0, refine: 0 };
  private readonly transitions: Record<RolloutTask, ReflectTransitions> = { qa: noTransitions(), tag: noTransitions() };
  private readonly correctOptions = new Tally();
  private readonly words = new WordCounts();
  private readonly lengths = { initial: new Lengths(), reflection: new Lengths(), revised: new Lengths() };
  private readonly iou = { records: 0, initial: 0, revised: 0 };
  private readonly attempts = new Tally();
  private readonly retriedFor = new Tally();
  private readonly stages = new Tally();
  private readonly reasons = new Tally();
  private rejects = 0;
  private readonly usage = { initial: noUsage(), teacher: noUsage(), rejects: noUsage() };

  /** Records added so far. */
  get records(): number {
    return this.all.counts.records;
  }

  add(record: ReflectRecord): void {
    const { task, split, path, initial, revised, correctOption, provenance } = record;
    const groups = [this.all, this.splits[split], groupOf(this.sources, record.source)];
    for (const group of [...groups, groupOf(this.classes, record.anomalyClass ?? '(none)')]) group.add(record);
    this.paths[path] += 1;
    const transitions = this.transitions[task];
    transitions[initial.correct ? 'correctToCorrect' : 'wrongToCorrect'] += 1;
    if (initial.answer === null) transitions.unreadable += 1;
    if (correctOption !== null) this.correctOptions.add(correctOption);
    // The figure shows what the policy learns from.
    if (split === 'train') this.words.add(record.reflection);
    this.lengths.initial.add(countWords(initial.reasoning));
    this.lengths.reflection.add(countWords(record.reflection));
    this.lengths.revised.add(countWords(revised.reasoning));
    this.addIou(record);
    if (provenance.initial !== null) spend(this.usage.initial, provenance.initial);
    if (provenance.teacher !== null) {
      spend(this.usage.teacher, provenance.teacher);
      this.attempts.add(String(provenance.teacher.attempts));
      for (const fault of provenance.teacher.retriedFor) this.retriedFor.add(fault);
    }
  }

  addReject({ stage, reason, usage }: ReflectReject): void {
    this.rejects += 1;
    this.stages.add(stage);
    this.reasons.add(reason);
    spend(this.usage.rejects, usage);
  }

  finish(): ReflectStatistics {
    const { records, initial, revised } = this.iou;
    return {
      all: this.all.counts,
      bySplit: { train: this.splits.train.counts, val: this.splits.val.counts, test: this.splits.test.counts },
      bySource: countsOf(this.sources),
      byClass: countsOf(this.classes),
      byPath: this.paths,
      transitions: this.transitions,
      correctOptions: this.correctOptions.finish(),
      words: this.words.top(),
      distinctWords: this.words.distinct,
      lengths: {
        initial: this.lengths.initial.finish(),
        reflection: this.lengths.reflection.finish(),
        revised: this.lengths.revised.finish(),
      },
      meanIou: records === 0 ? null : { records, initial: round(initial / records), revised: round(revised / records) },
      attempts: this.attempts.finish(),
      retriedFor: this.retriedFor.finish(),
      rejects: { total: this.rejects, byStage: this.stages.finish(), byReason: this.reasons.finish() },
      usage: {
        initial: rounded(this.usage.initial),
        teacher: rounded(this.usage.teacher),
        rejects: rounded(this.usage.rejects),
      },
    };
  }

  private addIou({ truth, initial, revised }: ReflectRecord): void {
    if (truth.spanSec === undefined) return;
    this.iou.records += 1;
    this.iou.initial += iouOf(initial.spanSec, truth.spanSec);
    this.iou.revised += iouOf(revised.spanSec, truth.spanSec);
  }
}

class Group {
  readonly counts: ReflectCounts = { records: 0, qa: 0, tag: 0, videos: 0 };
  private readonly videos = new Set<string>();

  add({ task, video }: ReflectRecord): void {
    this.counts.records += 1;
    this.counts[task] += 1;
    this.videos.add(video);
    this.counts.videos = this.videos.size;
  }
}

type Span = readonly [startSec: number, endSec: number];

/** In [0, 1]; 0 where the first round gave no times. */
export function iouOf(a: Span | null, b: Span): number {
  if (a === null) return 0;
  return spanIou({ startSec: a[0], endSec: a[1] }, { startSec: b[0], endSec: b[1] });
}

function groupOf(groups: Map<string, Group>, name: string): Group {
  const group = groups.get(name) ?? new Group();
  groups.set(name, group);
  return group;
}

/** By code units, not by locale: the order must not depend on the machine. */
function countsOf(groups: ReadonlyMap<string, Group>): Record<string, ReflectCounts> {
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, { counts }]) => [name, counts]));
}

const noTransitions = (): ReflectTransitions => ({ wrongToCorrect: 0, correctToCorrect: 0, unreadable: 0 });
const noUsage = (): ReflectUsage => ({ promptTokens: 0, completionTokens: 0, costUsd: null });

function spend(
  sum: ReflectUsage,
  call: Pick<ReflectCall, 'promptTokens' | 'completionTokens' | 'costUsd'> | ReflectUsage,
): void {
  sum.promptTokens += call.promptTokens ?? 0;
  sum.completionTokens += call.completionTokens ?? 0;
  if (call.costUsd !== null) sum.costUsd = (sum.costUsd ?? 0) + call.costUsd;
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;
const rounded = (usage: ReflectUsage): ReflectUsage => ({
  ...usage,
  costUsd: usage.costUsd === null ? null : round(usage.costUsd),
});
