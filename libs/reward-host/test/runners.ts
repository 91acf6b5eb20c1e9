import type { ScoreOutcome } from '@srvau/reward-sdk';
import type { RolloutBatch } from '../src/batch/rollout-batch';
import type { ModuleManifest } from '../src/manifest/manifest';
import { readManifest } from '../src/manifest/read-manifest';
import { type ProcessConfig, ProcessRunner } from '../src/process/process-runner';
import type { PluginRunner, ScoreRequest } from '../src/run/runner';
import { keptLog, PluginFolder, SOURCE_PROGRAM } from './plugins';

/** Plugins in child processes, run from the sources, and what they log. */
export class ProcessRunners implements AsyncDisposable {
  readonly folder = new PluginFolder();
  readonly lines = keptLog();
  private readonly running = new Set<ProcessRunner>();
  private packages = 0;

  async start(source: string, config: Partial<ProcessConfig> = {}): Promise<ProcessRunner> {
    const dir = this.folder.add(`p${(this.packages += 1)}`, source);
    const { log } = this.lines;
    const runner = await ProcessRunner.start({
      ...{ manifest: readManifest(dir) as ModuleManifest, source: dir, options: {}, log, maxBatches: 8, memoryMb: 64 },
      ...{ env: [], loadDeadlineMs: 30_000, program: SOURCE_PROGRAM, ...config },
    });
    this.running.add(runner);
    return runner;
  }

  /** Ends the processes. */
  async close(): Promise<void> {
    await Promise.all([...this.running].map((runner) => runner.close()));
    this.running.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.folder[Symbol.dispose]();
  }
}

const never = new AbortController().signal;

export const within = (deadlineMs: number, more: Partial<ScoreRequest> = {}): ScoreRequest => ({
  ...{ signal: never, deadlineMs },
  ...more,
});

/** For batches that are to be answered; long, for machines under load. */
export const patient = within(30_000);

/** Of a plugin of `pluginSource` with its default options. */
export const good = { kind: 'scored', value: 0.5 };

export const outcomesOf = async (
  runner: PluginRunner,
  batch: RolloutBatch,
  request: ScoreRequest,
): Promise<readonly ScoreOutcome[]> => (await runner.score(batch, request)).outcomes;
