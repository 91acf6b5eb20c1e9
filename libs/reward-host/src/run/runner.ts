import type { RewardScope, RolloutNeed, ScoreOutcome, ScoreRange } from '@srvau/reward-sdk';
import type { RolloutBatch } from '../batch/rollout-batch';

/**
 * Where a plugin's code runs. `in-process`: with us, for code that we ship. `child-process`: in one of its own,
 * which contains faults (loops, full memory, crashes, `process.exit`), not malice. `nats`: in another program.
 */
export type Isolation = 'in-process' | 'child-process' | 'nats';

/** A loaded plugin, for listings and records. */
export interface PluginInfo {
  readonly id: string;
  readonly scoreVersion: number;
  readonly summary: string;
  readonly scope: RewardScope;
  /** Of every score under the options that it was loaded with. */
  readonly range: ScoreRange;
  readonly needs: readonly RolloutNeed[];
  /** Where it comes from, as given: name of a package, or folder. */
  readonly source: string;
  /** Real path of its folder. */
  readonly dir: string;
  readonly package: { readonly name: string; readonly version: string };
  /** SDK versions that it is made for, a semver range. */
  readonly sdk: string;
  readonly isolation: Isolation;
  /** JSON Schema. */
  readonly optionsSchema: Readonly<Record<string, unknown>>;
  /** That it was loaded with, complete with defaults. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface RunnerHealth {
  readonly state: 'ready' | 'restarting' | 'closed';
  /** How often its process or connection had to be made anew. */
  readonly restarts: number;
  /** Of the last crash; absent where there was none. */
  readonly lastError?: string;
}

export interface ScoreRequest {
  /** Instead of those it was loaded with, field by field; plain data, checked by the plugin. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of the training run. */
  readonly step?: number;
  /** The caller gave up. */
  readonly signal: AbortSignal;
  /** The plugin's time for this batch, from when its turn comes. */
  readonly deadlineMs: number;
}

/** A plugin's answer to a batch. */
export interface Scores {
  /** One a row, in the batch's order. */
  readonly outcomes: readonly ScoreOutcome[];
  /** Of every score under the options of the request; under those it was loaded with where it did not come to an answer. */
  readonly range: ScoreRange;
  /** It missed its deadline, for which all rows have failed. Not told of a plugin over NATS, whose rows are late message by message. */
  readonly late?: true;
}

/** Runs one plugin, wherever its code is. */
export interface PluginRunner {
  readonly info: PluginInfo;
  health(): RunnerHealth;
  /**
   * Whatever the plugin does wrong is failed rows that name `id@scoreVersion`
   * and why; after a crash or a missed deadline these are all rows of the batch, and it is not tried again: a rollout
   * that crashes a plugin would crash it again.
   *
   * @param batch for a plugin of group scope: whole groups, next to each other
   * @throws (rejects) the reason of `signal`; SrvauError BUSY where too many batches wait, INVALID_REQUEST for options
   *   that the plugin refuses, UNAVAILABLE after `close`
   */
  score(batch: RolloutBatch, request: ScoreRequest): Promise<Scores>;
  /** Disposes the plugin; batches that wait or run fail. Safe to call again. */
  close(): Promise<void>;
}

/** A plugin's own lines, and what happens to it. */
export type HostLog = (
  level: 'debug' | 'info' | 'warn',
  message: string,
  fields: Readonly<Record<string, unknown>> & { readonly plugin: string },
) => void;
