import type { JobProgress, StructuredLog } from '@srvau/contracts';
import type { PatientModel } from '@srvau/model-pool';

export interface ReportingOptions {
  model: PatientModel;
  /** As people call the model: `the model`, `the judge`. */
  who: string;
  /** Name of the stage while it answers. */
  working: string;
  total: number;
  unit: string;
  progress(progress: JobProgress): void;
  log: StructuredLog;
}

const EVERY_MS = 1_000;

/** Tells how far work with a model is, and that it waits where it does. */
export function reporting({ model, who, working, total, unit, progress, log }: ReportingOptions): {
  show(done: number): void;
  stop(): void;
} {
  let stage = working;
  let done = 0;
  const report = (): void => {
    const { waitingFor } = model;
    const now = waitingFor === undefined ? working : `waiting for ${who} (${waitingFor})`;
    if (now !== stage) log.warn({ model: model.identity.model }, now === working ? 'going on' : now);
    stage = now;
    progress({ stage, done, total, unit });
  };
  const timer = setInterval(report, EVERY_MS);
  return {
    show: (now) => {
      done = now;
      report();
    },
    stop: () => clearInterval(timer),
  };
}
