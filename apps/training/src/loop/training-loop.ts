import type { TrainSummary } from '@srvau/contracts';
import type { RankContext } from '../rank/rank-context';
import type { TrainingRun, TrainState } from '../run/run';
import { isOutOfPatience, judge } from './judge';
import type { Objective, StepOutcome, ValidationOutcome } from './objective';
import type { LoopConfig } from './run-loop';

const BEGINNING: Omit<TrainState, 'objective'> = { step: 0, best: null, sinceBest: 0, warnings: 0, stopped: null };

/** One pass of `runLoop`. */
export class TrainingLoop {
  private state: Omit<TrainState, 'objective'>;
  private lastMetrics: Readonly<Record<string, number>>;
  /** Step of the newest checkpoint. */
  private saved: number | null;

  constructor(
    private readonly objective: Objective,
    private readonly training: TrainingRun,
    private readonly context: RankContext,
    private readonly config: LoopConfig,
    private readonly signal: AbortSignal,
  ) {
    const { resume, lastMetrics } = training;
    this.state = resume?.state ?? BEGINNING;
    this.saved = resume?.state.step ?? null;
    this.lastMetrics = lastMetrics;
  }

  /** Steps done. */
  get step(): number {
    return this.state.step;
  }

  async run(): Promise<TrainSummary> {
    const { resume } = this.training;
    if (resume === null) await this.begin();
    else {
      this.objective.restore({ ...resume.state.objective });
      this.state = { ...this.state, stopped: this.stillStopped() };
    }
    this.tellProgress();
    while (!this.isOver()) {
      this.signal.throwIfAborted();
      await this.doStep();
    }
    if (this.saved !== this.step) await this.save();
    await this.tellEnd();
    return this.summary();
  }

  /** How good the starting checkpoint is; it may turn out to be the best one. */
  private async begin(): Promise<void> {
    this.context.begins('validate');
    const validation = await this.objective.validate(0, this.signal);
    if (validation === undefined) return;
    await this.training.metrics(0, validation.metrics);
    this.lastMetrics = validation.metrics;
    if (this.judge(validation)) await this.save();
  }

  private async doStep(): Promise<void> {
    const outcome = await this.objective.step(this.step, this.signal);
    this.state = { ...this.state, step: this.step + 1 };
    const validated = performance.now();
    this.context.begins('validate');
    const validation = await this.objective.validate(this.step, this.signal);
    const seconds =
      validation === undefined
        ? outcome.seconds
        : { ...outcome.seconds, validate: (performance.now() - validated) / 1000 };
    this.context.begins('record');
    await this.record({ ...outcome, seconds }, validation);

    const isBest = validation !== undefined && this.judge(validation);
    this.stopIfDue(outcome, validation !== undefined);
    if (isBest || this.isOver() || this.step % this.config.checkpoints.every === 0) await this.save();
    this.tellProgress();
  }

  private async record(outcome: StepOutcome, validation: ValidationOutcome | undefined): Promise<void> {
    const { step, training } = this;
    const { metrics, seconds, samples = [], warnings = [] } = outcome;
    this.lastMetrics = { ...metrics, ...validation?.metrics };
    await training.metrics(step, this.lastMetrics);
    await training.timings(step, seconds);
    await training.samples(step, samples);
    for (const { warning, message } of warnings) await training.event({ step, kind: 'warning', warning, message });
    this.state = { ...this.state, warnings: this.state.warnings + warnings.length };
  }

  /** @returns whether it is the best one so far */
  private judge({ score }: ValidationOutcome): boolean {
    const minDelta = this.config.validation.earlyStop?.minDelta ?? 0;
    this.state = { ...this.state, ...judge(this.state, score, this.step, minDelta) };
    return this.state.best?.step === this.step;
  }

  private stopIfDue({ warnings = [] }: StepOutcome, isValidated: boolean): void {
    if (this.isOver()) return;
    const guard = warnings.find(({ stops }) => stops);
    const { earlyStop } = this.config.validation;
    if (guard !== undefined) this.state = { ...this.state, stopped: { by: 'guard', warning: guard.warning } };
    else if (isValidated && isOutOfPatience(this.state.sinceBest, earlyStop)) {
      this.state = { ...this.state, stopped: { by: 'early-stop', warning: null } };
    }
  }

  /** A run that was stopped stays so, unless what stopped it no longer would. A guard that has no settings still would. */
  private stillStopped(): TrainState['stopped'] {
    const { stopped, sinceBest } = this.state;
    if (stopped === null) return null;
    const { validation, guards } = this.config;
    const stays =
      stopped.by === 'early-stop'
        ? isOutOfPatience(sinceBest, validation.earlyStop)
        : guards === undefined || guards.stopOn.some((warning) => warning === stopped.warning);
    return stays ? stopped : null;
  }

  private isOver(): boolean {
    return this.state.stopped !== null || this.step >= this.objective.totalSteps;
  }

  private async save(): Promise<void> {
    const { step, training, objective, state } = this;
    if (state.best?.step === step) {
      const { metric, value } = state.best;
      // Before the checkpoint: a kill between the two takes this back with the step, the other way round it would be lost.
      await training.event({ step, kind: 'best', message: `${metric} ${Number(value.toPrecision(6))}` });
    }
    const begun = performance.now();
    this.context.begins('save');
    await training.checkpoint(objective.model, objective.trainer, {
      ...state,
      objective: objective.state(),
    });
    this.saved = step;
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    await training.event({ step, kind: 'checkpoint', message: `saved in ${seconds} s` });
  }

  private tellProgress(): void {
    this.context.progress({ stage: 'training', done: this.step, total: this.objective.totalSteps, unit: 'steps' });
  }

  private async tellEnd(): Promise<void> {
    const { step, training } = this;
    const { stopped } = this.state;
    if (stopped === null) await training.event({ step, kind: 'finished', message: `finished after ${step} steps` });
    else {
      const why = stopped.by === 'guard' ? `the guard ${stopped.warning}` : 'validation that got no better';
      await training.event({ step, kind: 'stopped', message: `stopped after ${step} steps by ${why}` });
    }
  }

  private summary(): TrainSummary {
    const { kind, dir } = this.training;
    const { step, best, stopped, warnings } = this.state;
    const metrics = Object.entries(this.lastMetrics).map(([name, value]) => [
      name,
      Number.isFinite(value) ? value : null,
    ]);
    return {
      ...{ kind, out: dir, steps: step, warnings },
      checkpoint: this.training.checkpointPath(step),
      best: best === null ? null : { ...best, checkpoint: this.training.checkpointPath(best.step) },
      stoppedBy: stopped?.by ?? null,
      metrics: Object.fromEntries(metrics) as Record<string, number | null>,
    };
  }
}
