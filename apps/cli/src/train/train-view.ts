import { type JobRecord, type RunEvent, type RunMessage, runSubject } from '@srvau/contracts';
import { valueText } from '@srvau/runs';
import type { JobBackend } from '../backend/backend';
import { BarView, type JobView, LineView } from '../jobs/job-view';
import { eventText } from '../render/run-detail';
import type { Terminal } from '../terminal';

/** Told as they come; the rest is what progress shows anyway. */
const TOLD: ReadonlySet<RunEvent['kind']> = new Set([
  ...(['resumed', 'best', 'warning', 'waiting', 'stopped', 'failed'] as const),
]);

/** What stands beside the progress, as far as a run has it. */
const FIGURES: readonly (readonly [metric: string, text: (value: string) => string])[] = [
  ['reward/total/mean', (value) => `reward ${value}`],
  ['loss', (value) => `loss ${value}`],
  ['format', (value) => `format ${value}`],
  ['length/mean', (value) => `${value} tokens`],
];

/** A job's progress with the newest figures of its run, and the run's events as lines. */
export class TrainView implements JobView {
  private readonly progress: JobView;
  private figures: string[] = [];
  private first: { step: number; atMs: number } | undefined;
  private rate: string | undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly nowMs: () => number,
  ) {
    const beside = (): string[] => [...this.figures, ...(this.rate === undefined ? [] : [this.rate])];
    this.progress = terminal.live ? new BarView(terminal, nowMs, beside) : new LineView(terminal, nowMs, beside);
  }

  /** A view that listens to what a job says of its run. */
  static async open({ link }: Pick<JobBackend, 'link'>, jobId: string, terminal: Terminal): Promise<TrainView> {
    const view = new TrainView(terminal, () => performance.now());
    const connection = await link.connection();
    const subscription = connection.subscribe(runSubject(jobId), {
      callback: (error, message) => {
        if (error === null) view.hear(message.json());
      },
    });
    view.unsubscribe = () => subscription.unsubscribe();
    return view;
  }

  update(record: JobRecord): void {
    this.progress.update(record);
  }

  hear({ step, metrics, event }: RunMessage): void {
    if (metrics !== undefined) this.count(step, metrics);
    if (event !== undefined && TOLD.has(event.kind)) {
      this.terminal.note(eventText(event, { colors: this.terminal.noteColors }));
    }
  }

  close(): void {
    this.unsubscribe();
    this.progress.close();
  }

  private count(step: number, metrics: Readonly<Record<string, number | null>>): void {
    this.figures = FIGURES.flatMap(([metric, text]) => {
      const value = metrics[metric];
      return value === undefined ? [] : [text(value === null ? 'not finite' : valueText(value))];
    });
    const atMs = this.nowMs();
    // A run that goes on after a kill does some steps again: then the clock begins anew.
    if (this.first === undefined || step <= this.first.step) this.first = { step, atMs };
    else this.rate = rateText((step - this.first.step) / ((atMs - this.first.atMs) / 1000));
  }
}

/** `2.1 steps/s`, `12 s/step`. */
export function rateText(stepsPerSec: number): string {
  if (!Number.isFinite(stepsPerSec)) return '';
  return stepsPerSec >= 1
    ? `${stepsPerSec.toFixed(1)} steps/s`
    : `${valueText(Number((1 / stepsPerSec).toPrecision(2)))} s/step`;
}
