import type { CheckpointConfig, RunEvent, TrainingKind } from '@srvau/contracts';
import { type RunDirectory, stepName } from '@srvau/storage';
import { type EventFile, scalarsEvent } from '@srvau/tensorboard';
import { join } from 'node:path';
import type { RankContext } from '../rank/rank-context';
import { BackgroundWrite } from './background-write';
import { secondsByTag } from './event-file';
import { writing } from './full-disk';
import type { ResumePoint, TrainingRun, TrainState } from './run';
import type { SampleRow } from './samples-table';
import { type CheckpointParts, writeCheckpoint } from './train-state';
import { writeSamples } from './write-samples';

/** What rank 0 has of a run that it has opened. */
export interface MainRunParts {
  readonly kind: TrainingKind;
  readonly directory: RunDirectory;
  readonly events: EventFile;
  readonly resume: ResumePoint | null;
  readonly lastMetrics: Readonly<Record<string, number>>;
  readonly retention: Pick<CheckpointConfig, 'keepLast' | 'keepEvery'>;
  /** Checkpoint that the run began with. */
  readonly startedFrom: string;
  readonly context: RankContext;
}

/** A run on rank 0, which writes all but the samples of the others. */
export class MainRun implements TrainingRun {
  readonly kind: TrainingKind;
  readonly resume: ResumePoint | null;
  readonly lastMetrics: Readonly<Record<string, number>>;
  /** The next step runs while what the last one measured is on its way to the disk. */
  private readonly pending = {
    metrics: new BackgroundWrite(),
    timings: new BackgroundWrite(),
    samples: new BackgroundWrite(),
  };

  /** Ends what is being written into a checkpoint. */
  private readonly leaving: AbortSignal;

  constructor(private readonly parts: MainRunParts) {
    ({ kind: this.kind, resume: this.resume, lastMetrics: this.lastMetrics } = parts);
    this.leaving = AbortSignal.any([parts.context.signal, this.signal]);
  }

  get dir(): string {
    return this.parts.directory.dir;
  }

  get signal(): AbortSignal {
    return this.parts.directory.signal;
  }

  async metrics(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const { directory, events, context } = this.parts;
    context.metrics(step, values);
    const at = Date.now();
    await this.begin('metrics', async () => {
      await directory.appendMetrics({ step, ...values });
      await events.append(scalarsEvent({ at, step }, values));
    });
  }

  timings(step: number, seconds: Readonly<Record<string, number>>): Promise<void> {
    const { directory, events } = this.parts;
    const now = new Date();
    return this.begin('timings', async () => {
      await directory.appendTimings({ step, at: now.toISOString(), ...seconds });
      await events.append(scalarsEvent({ at: now.getTime(), step }, secondsByTag(seconds)));
    });
  }

  async event(event: Omit<RunEvent, 'at'>): Promise<void> {
    const { directory, context } = this.parts;
    const told = { at: new Date().toISOString(), ...event };
    // First of all to those who listen: that the disk is full is an event too.
    context.event(told);
    await this.write('events', () => directory.appendEvent(told));
  }

  async samples(step: number, rows: readonly SampleRow[]): Promise<void> {
    if (rows.length === 0) return;
    const { directory, context } = this.parts;
    await this.begin('samples', () => writeSamples(directory.samples, step, context.rank, rows));
  }

  async checkpoint(
    model: CheckpointParts['model'],
    trainer: CheckpointParts['trainer'],
    state: TrainState,
  ): Promise<void> {
    // A run that resumes here does not do the steps before again, nor write what came of them.
    for (const writes of Object.values(this.pending)) await writes.settled();
    const { directory, retention, startedFrom: companionsFrom } = this.parts;
    await this.write('a checkpoint', async () => {
      const parts = { model, trainer, state, companionsFrom };
      await directory.checkpoints.write(state.step, async (dir) => {
        await writeCheckpoint(dir, parts, this.leaving);
        this.signal.throwIfAborted();
      });
      this.signal.throwIfAborted();
      await directory.checkpoints.prune({ ...retention, spare: state.best === null ? [] : [state.best.step] });
    });
  }

  checkpointPath(step: number): string {
    return join(this.parts.directory.checkpoints.dir, stepName(step));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { directory, events, context } = this.parts;
    for (const [what, writes] of Object.entries(this.pending)) {
      try {
        await writes.settled();
      } catch (error) {
        // A run that ended well has seen this at its last checkpoint; of another it is not the cause.
        context.log.warn({ err: error }, `${what} were not written`);
      }
    }
    try {
      await events.close();
    } finally {
      await directory.close();
    }
  }

  private begin(what: 'metrics' | 'timings' | 'samples', work: () => Promise<void>): Promise<void> {
    return this.pending[what].begin(() => this.write(what, work));
  }

  /** Nothing once the lock is lost: by then the directory may be another process's. */
  private async write(what: string, work: () => Promise<void>): Promise<void> {
    this.signal.throwIfAborted();
    await writing(what, this.dir, work);
  }
}
