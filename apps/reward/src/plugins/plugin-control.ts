import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadPluginRequest, type PluginStatus, SrvauError, type StructuredLog } from '@srvau/contracts';
import type { PluginInfo, RewardPlugins } from '@srvau/reward-host';
import type { AllowedSource, LoadPolicy } from './load-policy';
import { statusOf } from './plugin-status';
import type { CatalogEntry, SharedCatalog } from './shared-catalog';

const RETRY_MS = 5_000;

/** Loads, reloads and unloads plugins while requests are served, on this replica and, through the catalog, on all. */
export class PluginControl {
  private readonly ending = new AbortController();
  /** One change at a time: two that cross would leave replicas with different plugins. */
  private last: Promise<unknown> = Promise.resolve();
  /** Ids of plugins that were unloaded on request, before the start of this process too: who misses one is to see why. */
  private readonly gone = new Set<string>();

  /** @param from folder that names of packages are looked for from */
  constructor(
    private readonly plugins: RewardPlugins,
    private readonly policy: LoadPolicy,
    private readonly catalog: SharedCatalog,
    private readonly from: string,
    private readonly log: StructuredLog,
  ) {}

  /** Loads what the configuration names. @throws SrvauError naming the variable */
  async loadConfigured(sources: readonly string[]): Promise<void> {
    for (const source of sources) {
      try {
        this.tell('plugin loaded', await this.open(this.policy.trusting(source), undefined));
      } catch (cause) {
        if (!(cause instanceof SrvauError)) throw cause;
        const field = 'SRVAU_REWARD_PLUGINS';
        throw SrvauError.mismatch('INVALID_REQUEST', field, 'plugins that load', `${source}: ${cause.message}`, {
          cause,
        });
      }
    }
  }

  /** @throws SrvauError FORBIDDEN, NOT_FOUND, UNPROCESSABLE, CONFLICT; UNAVAILABLE when the replicas cannot be told */
  load({ source, options }: LoadPluginRequest): Promise<PluginStatus> {
    return this.inTurn(async () => {
      const allowed = await this.policy.allow(source, this.from);
      await this.catalog.open();
      const info = await this.open(allowed, options);
      await this.catalog.put(info.id, { action: 'load', source, ...(options === undefined ? {} : { options }) });
      this.tell('plugin loaded', info);
      return this.status(info.id);
    });
  }

  /** Runs the plugin's code as it is on disk now. Where that fails the old code goes on. @throws SrvauError */
  reload(id: string): Promise<PluginStatus> {
    return this.inTurn(async () => {
      await this.catchUp([id]);
      await this.catalog.open();
      const info = await this.plugins.reload(id);
      await this.catalog.put(id, { action: 'load', source: info.source, options: { ...info.options } });
      this.tell('plugin reloaded', info);
      return this.status(id);
    });
  }

  /** Batches under way are finished. @throws SrvauError NOT_FOUND */
  unload(id: string): Promise<void> {
    return this.inTurn(async () => {
      await this.catchUp([id]);
      await this.catalog.open();
      await this.plugins.unload(id);
      this.gone.add(id);
      await this.catalog.put(id, { action: 'unload' });
      this.log.info({ plugin: id }, 'plugin unloaded');
    });
  }

  /** In alphabetical order. */
  unloaded(): string[] {
    return [...this.gone].sort();
  }

  list(): PluginStatus[] {
    return this.plugins
      .list()
      .map(({ info, health }) => statusOf(info, health))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * Loads those of the plugins that another replica has loaded and that have not arrived here yet. A caller who has loaded a
   * plugin may use it at once, whichever replica answers.
   */
  async ensure(ids: readonly string[]): Promise<void> {
    if (!ids.every((id) => this.isLoaded(id))) await this.inTurn(() => this.catchUp(ids));
  }

  private async catchUp(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.isLoaded(id)) continue;
      const entry = await this.catalog.get(id);
      if (entry?.action === 'load' && !this.isLoaded(id)) await this.apply(id, entry, false);
    }
  }

  /** Follows the other replicas in the background, until `close`. */
  async follow(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        for await (const { id, entry, isNew } of this.catalog.follow(signal)) {
          await this.inTurn(() => this.apply(id, entry, isNew));
        }
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn(
          { err: error, retryMs: RETRY_MS },
          'changes of plugins by other replicas are not seen; trying again',
        );
      }
      await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.last;
    await this.plugins.close();
  }

  /** What cannot be done here is logged: the request was answered by another replica. */
  private async apply(id: string, entry: CatalogEntry, isNew: boolean): Promise<void> {
    try {
      const loaded = this.plugins.list().find(({ info }) => info.id === id)?.info;
      if (entry.action === 'unload') {
        this.gone.add(id);
        if (loaded === undefined) return;
        await this.plugins.unload(id);
        // Also after a start: what was unloaded on every replica is not to come back with one of them.
        this.log.warn(
          { plugin: id },
          'plugin unloaded, as srvau.reward.unload has asked of this deployment; srvau.reward.load brings it back',
        );
        return;
      }
      // At the start an entry only says what there should be; later it says that something has changed.
      if (loaded !== undefined && !isNew && loaded.source === entry.source) return;
      if (loaded !== undefined && loaded.source === entry.source) {
        this.tell('plugin reloaded', await this.plugins.reload(id));
        return;
      }
      const allowed = await this.policy.allow(entry.source, this.from);
      if (loaded !== undefined) await this.plugins.unload(id);
      this.tell('plugin loaded', await this.open(allowed, entry.options));
    } catch (error) {
      this.log.error({ err: error, plugin: id, action: entry.action }, 'could not do what another replica has done');
    }
  }

  private async open(
    { source, ...how }: AllowedSource,
    options: Record<string, unknown> | undefined,
  ): Promise<PluginInfo> {
    const info = await this.plugins.load(source, options === undefined ? how : { ...how, options });
    this.gone.delete(info.id);
    return info;
  }

  private status(id: string): PluginStatus {
    const found = this.list().find((status) => status.id === id);
    if (found === undefined) throw new SrvauError('CONFLICT', `plugin ${id} was unloaded meanwhile`);
    return found;
  }

  private isLoaded(id: string): boolean {
    return this.plugins.list().some(({ info }) => info.id === id);
  }

  private tell(what: string, { id, scoreVersion, source, isolation }: PluginInfo): void {
    this.log.info({ plugin: id, scoreVersion, source, isolation }, what);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
