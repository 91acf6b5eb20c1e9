import { describe, SrvauError } from '@srvau/contracts';
import { describeThrown } from '@srvau/reward-sdk';
import type { RolloutBatch } from '../batch/rollout-batch';
import { duplicateId } from '../manifest/find-plugins';
import type { ModuleManifest, NatsManifest, PluginManifest } from '../manifest/manifest';
import { readManifest } from '../manifest/read-manifest';
import { isBuiltIn, resolvePluginFolder } from '../manifest/resolve-folder';
import type { ChildProgram } from '../child/launch';
import { Limits } from '../child/limits';
import { ProcessRunner } from '../process/process-runner';
import { InProcessRunner } from '../run/in-process-runner';
import type { HostLog, PluginInfo, PluginRunner, RunnerHealth, ScoreRequest, Scores } from '../run/runner';

import { Slot } from './slot';

type Options = Readonly<Record<string, unknown>>;

export interface RewardPluginsConfig {
  /** Absolute; names of packages and relative folders are looked for from here. */
  readonly from: string;
  readonly log: HostLog;
  /** Makes the runner of a plugin that is reached over NATS; without it such a plugin cannot be loaded. */
  readonly remote?: (
    manifest: NatsManifest,
    how: { source: string; options: Options },
  ) => PluginRunner | Promise<PluginRunner>;
  /** Batches that may wait or run in one plugin; a further one is refused as BUSY. */
  readonly maxBatches?: number;
  /** Of each plugin in a child process. */
  readonly limits?: Limits;
  /** For the start of a child process, import and `create`. */
  readonly loadDeadlineMs?: number;
  /** For specs, which run it from the sources. */
  readonly childProgram?: ChildProgram;
}

export interface LoadOptions {
  /** Plain data. */
  readonly options?: Options;
  /** By default built-ins run in process, all others in a child process. Means nothing for plugins over NATS. */
  readonly isolation?: 'in-process' | 'child-process';
}

/** A plugin's answer to a batch. */
export interface PluginColumn extends Scores {
  readonly info: PluginInfo;
  /** Time in queue, if any, included. */
  readonly elapsedMs: number;
}

/** Which plugins score a batch. */
export interface ColumnRequest {
  readonly id: string;
  /** Instead of those it was loaded with, field by field. */
  readonly options?: Options;
}

interface Loaded {
  readonly slot: Slot;
  readonly source: string;
  readonly options: Options;
  readonly isolation: LoadOptions['isolation'];
}

const DEFAULTS = { maxBatches: 64, limits: new Limits(), loadDeadlineMs: 30_000 };

/**
 * The plugins that are loaded, by id. Loading, reloading and unloading disturb no batch: one in flight ends on the
 * runner that it began on, which is closed after the last of them.
 */
export class RewardPlugins {
  private readonly loaded = new Map<string, Loaded>();
  /** Ids that are being loaded, reloaded or unloaded. */
  private readonly changing = new Set<string>();
  private readonly retiring = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly config: RewardPluginsConfig) {}

  /** What `load` would load, without running it. @throws SrvauError as `load` for the manifest */
  find(source: string): PluginManifest {
    return readManifest(resolvePluginFolder(source, this.config.from));
  }

  /**
   * @param source name of a package, short name of a built-in, or a folder
   * @throws SrvauError NOT_FOUND, INVALID_JSON, UNPROCESSABLE (its manifest or code), INVALID_REQUEST (its options),
   *   CONFLICT where its id is taken
   */
  async load(source: string, { options = {}, isolation }: LoadOptions = {}): Promise<PluginInfo> {
    this.requireOpen();
    const manifest = this.find(source);
    const { id } = manifest;
    return this.change(id, async () => {
      const other = this.loaded.get(id);
      if (other !== undefined) throw duplicateId(manifest, other.slot.runner.info.dir);
      return this.put(manifest, { source, options, isolation }, false);
    });
  }

  /**
   * Loads a plugin's code and manifest anew from where they were, and hands further batches to that. Where this fails
   * the old one stays.
   *
   * @param options instead of those it was loaded with, as a whole
   * @throws as `load`; NOT_FOUND for an id that is not loaded
   */
  async reload(id: string, { options }: { readonly options?: Options } = {}): Promise<PluginInfo> {
    return this.change(id, async () => {
      const old = this.get(id);
      const { dir } = old.slot.runner.info;
      const manifest = readManifest(dir);
      if (manifest.id !== id) {
        throw SrvauError.mismatch('CONFLICT', `id of ${dir}`, `${id}, as it was loaded`, manifest.id);
      }
      const info = await this.put(manifest, { ...old, options: options ?? old.options }, true);
      this.retire(old.slot);
      return info;
    });
  }

  /** Resolves when no new batch reaches the plugin; those in flight end as they would have. @throws NOT_FOUND */
  async unload(id: string): Promise<PluginInfo> {
    return this.change(id, () => {
      const { slot } = this.get(id);
      this.loaded.delete(id);
      this.retire(slot);
      return Promise.resolve(slot.runner.info);
    });
  }

  /** In the order in which they were loaded. */
  list(): { readonly info: PluginInfo; readonly health: RunnerHealth }[] {
    return [...this.loaded.values()].map(({ slot: { runner } }) => ({ info: runner.info, health: runner.health() }));
  }

  /**
   * Scores a batch by several plugins side by side.
   *
   * @param onColumn told of each column as soon as it is there
   * @returns one column a request, in their order
   * @throws SrvauError NOT_FOUND for an id that is not loaded; else as PluginRunner.score: where one plugin refuses the
   *   batch (BUSY, wrong options), the others are told to stop
   */
  async score(
    requests: readonly ColumnRequest[],
    batch: RolloutBatch,
    context: Omit<ScoreRequest, 'options'>,
    onColumn: (column: PluginColumn) => void = () => undefined,
  ): Promise<PluginColumn[]> {
    context.signal.throwIfAborted();
    const slots = requests.map(({ id }) => this.get(id).slot);
    refuseTwice(requests);
    const abortion = new AbortController();
    const abort = (): void => abortion.abort(context.signal.reason);
    context.signal.addEventListener('abort', abort, { once: true });
    try {
      const columns = slots.map((slot, i) => {
        const { options } = requests[i] ?? {};
        const request = { ...context, signal: abortion.signal, ...(options === undefined ? {} : { options }) };
        return slot.use(async (runner) => {
          const scored = await column(runner, batch, request);
          onColumn(scored);
          return scored;
        });
      });
      return await Promise.all(columns);
    } catch (error) {
      abortion.abort(error);
      throw error;
    } finally {
      context.signal.removeEventListener('abort', abort);
    }
  }

  /** Unloads all of them; resolves when every batch in flight has ended and every plugin is disposed. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { slot } of this.loaded.values()) this.retire(slot);
    this.loaded.clear();
    await Promise.all(this.retiring);
  }

  private async put(manifest: PluginManifest, how: Omit<Loaded, 'slot'>, fresh: boolean): Promise<PluginInfo> {
    const runner = await this.open(manifest, how, fresh);
    if (this.closed) {
      await runner.close();
      this.requireOpen();
    }
    const { source, options, isolation } = how;
    this.loaded.set(manifest.id, { slot: new Slot(runner), source, options, isolation });
    return runner.info;
  }

  private async open(manifest: PluginManifest, how: Omit<Loaded, 'slot'>, fresh: boolean): Promise<PluginRunner> {
    const { source, options } = how;
    if (manifest.transport === 'nats') {
      if (this.config.remote !== undefined) return this.config.remote(manifest, { source, options });
      const received = 'one that is reached over NATS, which only the reward service does';
      throw SrvauError.mismatch('UNPROCESSABLE', `plugin ${source}`, 'a plugin in JavaScript', received);
    }
    return this.openModule(manifest, how, fresh);
  }

  private openModule(
    manifest: ModuleManifest,
    { source, options, isolation }: Omit<Loaded, 'slot'>,
    fresh: boolean,
  ): Promise<PluginRunner> {
    const { log, childProgram } = this.config;
    const { maxBatches, limits, loadDeadlineMs } = { ...DEFAULTS, ...this.config };
    const common = { manifest, source, options, log, maxBatches };
    const where = isolation ?? (isBuiltIn(manifest) ? 'in-process' : 'child-process');
    if (where === 'in-process') return InProcessRunner.open({ ...common, fresh });
    const program = childProgram === undefined ? {} : { program: childProgram };
    return ProcessRunner.start({ ...common, ...limits, loadDeadlineMs, ...program });
  }

  private retire(slot: Slot): void {
    const { id } = slot.runner.info;
    const retiring = slot
      .retire()
      .catch((error: unknown) => this.config.log('warn', `close failed: ${describeThrown(error)}`, { plugin: id }))
      .finally(() => this.retiring.delete(retiring));
    this.retiring.add(retiring);
  }

  /** One change at a time for each id. */
  private async change(id: string, act: () => Promise<PluginInfo>): Promise<PluginInfo> {
    this.requireOpen();
    if (this.changing.has(id)) {
      const received = 'one that is being loaded, reloaded or unloaded; try again later';
      throw SrvauError.mismatch('CONFLICT', `plugin ${id}`, 'a plugin at rest', received);
    }
    this.changing.add(id);
    try {
      return await act();
    } finally {
      this.changing.delete(id);
    }
  }

  private get(id: string): Loaded {
    const found = this.loaded.get(id);
    if (found !== undefined) return found;
    const ids = [...this.loaded.keys()].join(', ');
    const expected = ids === '' ? 'one that is loaded (none is)' : `one of those loaded: ${ids}`;
    throw SrvauError.mismatch('NOT_FOUND', 'plugin', expected, describe(id), { field: 'plugins' });
  }

  private requireOpen(): void {
    if (this.closed) throw new SrvauError('UNAVAILABLE', 'the reward plugins are being shut down');
  }
}

async function column(runner: PluginRunner, batch: RolloutBatch, request: ScoreRequest): Promise<PluginColumn> {
  const { info } = runner;
  const started = performance.now();
  const { batch: ordered, restore } = info.scope === 'group' ? batch.byGroups() : { batch, restore: undefined };
  let scores: Scores;
  try {
    scores = await runner.score(ordered, request);
  } catch (error) {
    throw ofPlugin(info.id, error);
  }
  const { outcomes } = scores;
  return { ...scores, info, outcomes: restore?.(outcomes) ?? outcomes, elapsedMs: performance.now() - started };
}

/** Wrong options are named by the place where a caller of several plugins wrote them. */
function ofPlugin(id: string, error: unknown): unknown {
  if (!(error instanceof SrvauError) || error.code !== 'INVALID_REQUEST') return error;
  const details = error.details.map((detail) => ({ ...detail, field: `options.${id}.${detail.field}` }));
  return new SrvauError(error.code, error.message, { details, cause: error });
}

function refuseTwice(requests: readonly ColumnRequest[]): void {
  const seen = new Set<string>();
  for (const { id } of requests) {
    if (seen.has(id)) throw SrvauError.mismatch('INVALID_REQUEST', 'plugins', 'each plugin once', `${id} twice`);
    seen.add(id);
  }
}
