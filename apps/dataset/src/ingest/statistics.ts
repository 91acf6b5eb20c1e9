import type {
  DatasetRow,
  DatasetStatistics,
  DatasetWarning,
  DurationStatistics,
  GroupCounts,
  HistogramBin,
} from '@srvau/contracts';

/** Lower edges of the bins, in seconds; the last bin has no upper edge. */
const EDGES_SEC = [0, 10, 30, 60, 120, 300, 600, 1800] as const;
const MAX_EXAMPLES = 5;

/** Counts rows by group, one row at a time. */
export class RowStatistics {
  readonly all = emptyCounts();
  private readonly bySource = new Map<string, GroupCounts>();
  private readonly byClass = new Map<string, GroupCounts>();
  private readonly bySplit = new Map<string, GroupCounts>();
  private readonly spans = new Durations();

  add(row: DatasetRow): void {
    count(this.all, row);
    count(group(this.bySource, row.source), row);
    count(group(this.byClass, row.anomalyClass ?? '(none)'), row);
    count(group(this.bySplit, row.split), row);
    if (row.spanSec !== null) this.spans.add(row.spanSec[1] - row.spanSec[0]);
  }

  finish(videos: DatasetStatistics['videos'], videoDuration: DurationStatistics): DatasetStatistics {
    return {
      all: this.all,
      bySource: sorted(this.bySource),
      byClass: sorted(this.byClass),
      bySplit: sorted(this.bySplit),
      videos,
      videoDuration,
      spanDuration: this.spans.finish(),
    };
  }
}

/** Sums up lengths of time. Equal values in equal order give equal statistics to the last bit. */
export class Durations {
  private readonly counts: number[] = EDGES_SEC.map(() => 0);
  private n = 0;
  private total = 0;
  private min = Infinity;
  private max = -Infinity;

  add(seconds: number): void {
    this.n += 1;
    this.total += seconds;
    this.min = Math.min(this.min, seconds);
    this.max = Math.max(this.max, seconds);
    const bin = EDGES_SEC.findLastIndex((edge) => seconds >= edge);
    this.counts[bin] = (this.counts[bin] ?? 0) + 1;
  }

  finish(): DurationStatistics {
    const some = this.n > 0;
    return {
      count: this.n,
      totalSec: toMilli(this.total),
      minSec: some ? toMilli(this.min) : null,
      meanSec: some ? toMilli(this.total / this.n) : null,
      maxSec: some ? toMilli(this.max) : null,
      histogram: EDGES_SEC.map((fromSec, i): HistogramBin => ({
        fromSec,
        toSec: EDGES_SEC[i + 1] ?? null,
        count: this.counts[i] ?? 0,
      })),
    };
  }
}

/** How often each reason came up, in the order of the alphabet, so that equal datasets have equal bytes. */
export class ReasonCounts {
  private readonly counts = new Map<string, number>();

  add(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  finish(): Record<string, number> {
    return sorted(this.counts);
  }
}

/** Counts what is odd, and keeps the first few places of each kind. */
export class Warnings {
  private readonly byReason = new Map<string, DatasetWarning>();

  add(reason: string, example: string): void {
    const warning = this.byReason.get(reason) ?? { reason, count: 0, examples: [] };
    this.byReason.set(reason, warning);
    warning.count += 1;
    if (warning.examples.length < MAX_EXAMPLES) warning.examples.push(example);
  }

  finish(): DatasetWarning[] {
    return Object.values(sorted(this.byReason));
  }
}

function emptyCounts(): GroupCounts {
  return { rows: 0, normal: 0, abnormal: 0, qaEligible: 0, groundingEligible: 0 };
}

function count(counts: GroupCounts, row: DatasetRow): void {
  counts.rows += 1;
  counts.normal += Number(row.normal);
  counts.abnormal += Number(!row.normal);
  counts.qaEligible += Number(row.qaEligible);
  counts.groundingEligible += Number(row.groundingEligible);
}

function group(groups: Map<string, GroupCounts>, name: string): GroupCounts {
  const counts = groups.get(name) ?? emptyCounts();
  groups.set(name, counts);
  return counts;
}

/** By code units, not by locale: the order must not depend on the machine. */
function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const toMilli = (seconds: number): number => Math.round(seconds * 1000) / 1000;
