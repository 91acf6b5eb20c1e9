import { canonicalJson, SrvauError } from '@srvau/contracts';
import { describeThrown, openRewardPlugin, type OpenPlugin, type RewardPlugin } from '@srvau/reward-sdk';
import type { HostLog } from './runner';

type Options = Readonly<Record<string, unknown>>;

/** Callers choose options, so their number is theirs; beyond this the one unused longest is disposed. */
const MAX_INSTANCES = 8;

export interface Lease {
  readonly instance: OpenPlugin;
  /** To be called once. */
  release(): void;
}

interface Entry {
  readonly opening: Promise<OpenPlugin>;
  users: number;
}

/** The plugin with each set of options that is in use: made when first needed, kept, disposed when others need room. */
export class PluginInstances {
  /** In the order of use, the latest last. */
  private readonly entries = new Map<string, Entry>();
  private readonly disposals = new Set<Promise<void>>();
  private closed = false;

  /** @param defaults plain data that requests override field by field */
  constructor(
    private readonly plugin: RewardPlugin,
    private readonly defaults: Options,
    private readonly log: HostLog,
  ) {}

  /** @throws SrvauError INVALID_REQUEST for options that the plugin refuses, UNPROCESSABLE where it cannot be made */
  async acquire(options: Options = {}): Promise<Lease> {
    if (this.closed) throw new SrvauError('UNAVAILABLE', `plugin ${this.plugin.id}: unloaded`);
    const plain = { ...this.defaults, ...options };
    const key = canonicalJson(plain);
    const entry = this.entries.get(key) ?? { opening: this.open(plain), users: 0 };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.users += 1;
    this.makeRoom();
    let instance: OpenPlugin;
    try {
      instance = await entry.opening;
    } catch (error) {
      // The next one may try again: what `create` needs can be there by then.
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
    return {
      instance,
      release: () => {
        entry.users -= 1;
        this.makeRoom();
      },
    };
  }

  /** Disposes all of them; nobody may use one any more. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { opening } of this.entries.values()) this.dispose(opening);
    this.entries.clear();
    await Promise.all(this.disposals);
  }

  private open(plain: Options): Promise<OpenPlugin> {
    const { id } = this.plugin;
    const log = this.log;
    const host = {
      log: (level: 'debug' | 'info' | 'warn', message: string, fields: Options = {}): void =>
        log(level, message, { ...fields, plugin: id }),
    };
    return openRewardPlugin(this.plugin, { options: plain, host });
  }

  private makeRoom(): void {
    for (const [key, { opening, users }] of this.entries) {
      if (this.entries.size <= MAX_INSTANCES) return;
      if (users > 0) continue;
      this.entries.delete(key);
      this.dispose(opening);
    }
  }

  private dispose(opening: Promise<OpenPlugin>): void {
    const disposal = opening
      .then((instance) => instance.dispose())
      .catch((error: unknown) => {
        this.log('warn', `dispose failed: ${describeThrown(error)}`, { plugin: this.plugin.id });
      })
      .finally(() => this.disposals.delete(disposal));
    this.disposals.add(disposal);
  }
}
