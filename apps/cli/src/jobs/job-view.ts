import type { JobProgress, JobRecord } from '@srvau/contracts';
import { bar, clip, duration, plural, printable } from '../render/text';
import type { Terminal } from '../terminal';

/** Shows a job while it runs. */
export interface JobView {
  update(record: JobRecord): void;
  /** Takes down what is only of use while the job runs. */
  close(): void;
}

/** A bar where somebody watches, lines elsewhere (CI, a log file). */
export function openJobView(terminal: Terminal): JobView {
  const nowMs = (): number => performance.now();
  return terminal.live ? new BarView(terminal, nowMs) : new LineView(terminal, nowMs);
}

/** Says where a job stands, without its progress: `queued`, `running`, `running, attempt 2 of 5`. */
export function stateText(record: JobRecord): string {
  const cancelling = record.state === 'running' && record.cancelRequestedAt !== undefined;
  const state = cancelling ? 'stopping' : record.state;
  return record.state === 'running' && record.attempt > 1
    ? `${state}, attempt ${record.attempt} of ${record.maxAttempts}`
    : state;
}

export function progressText({ stage, done, total, unit }: JobProgress): string {
  // Of a stage that counts nothing yet its name says all.
  if (total === null && done === 0) return printable(stage);
  const count = total === null ? plural(done, unit, unit) : `${done} of ${total} ${unit}`;
  return printable(stage === unit ? count : `${stage}: ${count}`);
}

/** What a view shows of a job beside its progress, e.g. `loss 0.4`. */
export type Beside = () => readonly string[];
const nothing: Beside = () => [];

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
    private readonly beside: Beside = nothing,
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
    this.terminal.note([text, ...this.beside()].join(' · '));
  }

  close(): void {
    // Lines stay.
  }
}

const BAR_WIDTH = 30;
const TICK_MS = 1_000;

/** A line for each change of state, and below them a bar for the stage that runs. */
export class BarView implements JobView {
  private readonly lines: LineView;
  private readonly timer: NodeJS.Timeout;
  private progress: JobProgress | undefined;
  /** Where the stage stood when it was seen first, which is not at its beginning for a job that goes on. */
  private first = { stage: '', done: 0, atMs: 0 };

  constructor(
    private readonly terminal: Pick<Terminal, 'note' | 'showLive' | 'noteColumns'>,
    private readonly nowMs: () => number,
    private readonly beside: Beside = nothing,
  ) {
    this.lines = new LineView(terminal, nowMs);
    // The clock goes on while a long video is decoded.
    this.timer = setInterval(() => this.draw(), TICK_MS).unref();
  }

  update(record: JobRecord): void {
    const { progress, ...withoutProgress } = record;
    this.progress = record.state === 'running' ? progress : undefined;
    if (this.progress !== undefined && this.progress.stage !== this.first.stage) {
      this.first = { stage: this.progress.stage, done: this.progress.done, atMs: this.nowMs() };
    }
    this.lines.update(withoutProgress);
    this.draw();
  }

  close(): void {
    clearInterval(this.timer);
    this.terminal.showLive('');
  }

  private draw(): void {
    const { progress, first } = this;
    if (progress === undefined) return this.terminal.showLive('');
    const elapsedSec = (this.nowMs() - first.atMs) / 1000;
    const text = [barText(progress, progress.done - first.done, elapsedSec), ...this.beside()].join(' · ');
    this.terminal.showLive(clip(text, this.terminal.noteColumns - 1));
  }
}

/** @param doneSince how much was done in the last `elapsedSec` seconds; says how long the rest will take */
export function barText(progress: JobProgress, doneSince: number, elapsedSec: number): string {
  const { done, total } = progress;
  const parts = [progressText(progress), duration(elapsedSec)];
  if (total === null || total === 0) return parts.join(' · ');
  if (doneSince > 0 && done < total) parts.push(`${duration(((total - done) * elapsedSec) / doneSince)} left`);
  return `${bar(done / total, BAR_WIDTH).padEnd(BAR_WIDTH, '░')} ${parts.join(' · ')}`;
}

/** For a finished job: `12.3 s`; null when it never started. */
export function tookText(record: JobRecord): string | null {
  if (record.startedAt === undefined || record.finishedAt === undefined) return null;
  return duration((Date.parse(record.finishedAt) - Date.parse(record.startedAt)) / 1000);
}
