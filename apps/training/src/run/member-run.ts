import type { TrainingKind } from '@srvau/contracts';
import { Samples, stepName } from '@srvau/storage';
import { join } from 'node:path';
import type { RankContext } from '../rank/rank-context';
import { BackgroundWrite } from './background-write';
import { writing } from './full-disk';
import type { ResumePoint, TrainingRun, TrainState } from './run';
import type { SampleRow } from './samples-table';
import { type CheckpointParts, optimizerPath } from './train-state';
import { writeSamples } from './write-samples';

/** A run on a rank other than 0, which keeps the directory locked for all. */
export class MemberRun implements TrainingRun {
  readonly lastMetrics = {};
  /** Rank 0 has the lock; when it loses it, it ends, and the group with it. */
  readonly signal: AbortSignal = new AbortController().signal;
  private readonly background = new BackgroundWrite();
  private readonly sampleFiles: Samples;

  constructor(
    readonly kind: TrainingKind,
    readonly dir: string,
    readonly resume: ResumePoint | null,
    private readonly context: RankContext,
  ) {
    this.sampleFiles = new Samples(join(dir, 'samples'));
  }

  metrics(): Promise<void> {
    return Promise.resolve();
  }

  timings(): Promise<void> {
    return Promise.resolve();
  }

  event(): Promise<void> {
    return Promise.resolve();
  }

  async samples(step: number, rows: readonly SampleRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.background.begin(() =>
      writing('samples', this.dir, () => writeSamples(this.sampleFiles, step, this.context.rank, rows)),
    );
  }

  async checkpoint(
    _model: CheckpointParts['model'],
    trainer: CheckpointParts['trainer'],
    { step }: TrainState,
  ): Promise<void> {
    await this.background.settled();
    // Sends this rank's part to rank 0, which writes it: the path is not used.
    await trainer.saveState(optimizerPath(this.checkpointPath(step)), { signal: this.context.signal });
  }

  checkpointPath(step: number): string {
    return join(this.dir, 'checkpoints', stepName(step));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.background.settled();
    } catch (error) {
      this.context.log.warn({ err: error }, 'samples were not written');
    }
  }
}
