import type { JobProgress, JobRecord } from '@srvau/contracts';
import type { SingleBar } from 'cli-progress';
import { duration, plural, printable } from '../render/text';
import type { Terminal } from '../terminal';

/** Shows a job while it runs. */
export interface JobView {
  update(record: JobRecord): void;
  /** Takes down what is only of use while the job runs. */
  close(): void;
}

/** A bar where somebody watches, lines elsewhere (CI, a log file). */
export async function openJobView(terminal: Terminal): Promise<JobView> {
  if (!terminal.live) return new LineView(terminal, () => performance.now());
  const { Presets, SingleBar } = await import('cli-progress');
  return new BarView(
    terminal,
    (format) => new SingleBar({ format, stream: terminal.stderr, ...BAR_OPTIONS }, Presets.shades_classic),
  );
}

const BAR_OPTIONS = { clearOnComplete: true, gracefulExit: false, barsize: 30, etaBuffer: 50 };

/** Says where a job stands, without its progress: `queued`, `running`, `running, attempt 2 of 5`. */
export function stateText(record: JobRecord): string {
  const cancelling = record.state === 'running' && record.cancelRequestedAt !== undefined;
  const state = cancelling ? 'stopping' : record.state;
  return record.state === 'running' && record.attempt > 1
    ? `${state}, attempt ${record.attempt} of ${record.maxAttempts}`
    : state;
}

export function progressText({ stage, done, total, unit }: JobProgress): string {
  const count = total === null ? plural(done, unit, unit) : `${done} of ${total} ${unit}`;
  return printable(stage === unit ? count : `${stage}: ${count}`);
}

/** Lines are at least this far apart while a stage goes on. */
const LINE_EVERY_MS = 5_000;

/** A line for each change of state and of stage, and one now and then in between. */
export class LineView implements JobView {
  private state = '';
  private stage = '';
  private shown = '';
  private shownAt = -Infinity;

  constructor(
    private readonly terminal: Pick<Terminal, 'note'>,
    private readonly nowMs: () => number,
  ) {}

  update(record: JobRecord): void {
    const state = stateText(record);
    if (state !== this.state) {
      this.state = state;
      this.terminal.note(`job ${record.id} ${state}`);
    }
    const { progress } = record;
    if (progress === undefined || record.state !== 'running') return;
    const text = progressText(progress);
    const due = progress.stage !== this.stage || progress.done === progress.total;
    if (text === this.shown || (!due && this.nowMs() - this.shownAt < LINE_EVERY_MS)) return;
    this.stage = progress.stage;
    this.shown = text;
    this.shownAt = this.nowMs();
    this.terminal.note(text);
  }

  close(): void {
    // Lines stay.
  }
}

/** One bar a stage, below a line for each change of state. */
class BarView implements JobView {
  private readonly lines: LineView;
  private bar: { of: SingleBar; stage: string; total: number } | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly makeBar: (format: string) => SingleBar,
  ) {
    this.lines = new LineView(terminal, () => performance.now());
  }

  update(record: JobRecord): void {
    const { progress } = record;
    const measured = record.state === 'running' && progress !== undefined && progress.total !== null;
    if (!measured) {
      this.close();
      this.lines.update(record);
      return;
    }
    const { progress: _shownByTheBar, ...withoutProgress } = record;
    this.lines.update(withoutProgress);
    this.draw(progress.stage, progress.done, progress.total ?? 0, progress.unit);
  }

  close(): void {
    this.bar?.of.stop();
    this.bar = undefined;
    this.terminal.liveLine = false;
  }

  private draw(stage: string, done: number, total: number, unit: string): void {
    if (this.bar !== undefined && this.bar.stage !== stage) this.close();
    if (this.bar === undefined) {
      const of = this.makeBar(
        `${printable(stage)} {bar} {value}/{total} ${printable(unit)} · {duration_formatted} · {eta_formatted} left`,
      );
      of.start(total, done);
      this.bar = { of, stage, total };
      this.terminal.liveLine = true;
    }
    if (this.bar.total !== total) this.bar.of.setTotal(total);
    this.bar.of.update(done);
  }
}

/** For a finished job: `12.3 s`; null when it never started. */
export function tookText(record: JobRecord): string | null {
  if (record.startedAt === undefined || record.finishedAt === undefined) return null;
  return duration((Date.parse(record.finishedAt) - Date.parse(record.startedAt)) / 1000);
}
