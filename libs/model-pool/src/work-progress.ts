import type { JobProgress, StructuredLog } from '@srvau/contracts';
import type { PatientModel } from './patient-model';

export interface WorkProgressOptions {
  /** By what people call them: `the model`, `the judge`. */
  models: Readonly<Record<string, Pick<PatientModel, 'waitingFor'>>>;
  total: number;
  progress(progress: JobProgress): void;
  log: StructuredLog;
  /** What the work is known by in the log. */
  fields: Readonly<Record<string, unknown>>;
}

const WORKING = 'items';
const EVERY_MS = 1_000;

/** Tells how far work with models is, and which of them it waits for. */
export class WorkProgress implements Disposable {
  private readonly timer = setInterval(() => this.tell(), EVERY_MS);
  private stage = WORKING;
  private done = 0;

  constructor(private readonly options: WorkProgressOptions) {}

  /** @param done items so far, of the total */
  show(done: number): void {
    this.done = done;
    this.tell();
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }

  private tell(): void {
    const { models, total, progress, log, fields } = this.options;
    const waiting = Object.entries(models).find(([, { waitingFor }]) => waitingFor !== undefined);
    const stage = waiting === undefined ? WORKING : `waiting for ${waiting[0]} (${waiting[1].waitingFor})`;
    if (stage !== this.stage) log.warn(fields, stage === WORKING ? 'going on' : stage);
    this.stage = stage;
    progress({ stage, done: this.done, total, unit: 'items' });
  }
}
