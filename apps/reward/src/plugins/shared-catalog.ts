import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import { nuid } from '@nats-io/transport-node';
import { SrvauError } from '@srvau/contracts';
import type { NatsLink } from '@srvau/messaging';

const BUCKET = 'srvau-reward-plugins';

/** What was last asked for one plugin at run time. */
export type CatalogEntry =
  { action: 'load'; source: string; options?: Record<string, unknown>; by: string } | { action: 'unload'; by: string };

/**
 * What has been loaded and unloaded at run time, shared by every replica of the service through NATS KV: a request to load goes
 * to one of them, and all must follow. It lives longer than they do, so that a replica that starts later has the same.
 */
export class SharedCatalog {
  /** Tells our own entries from those of others. */
  private readonly self = nuid.next();
  private opening: Promise<KV> | undefined;

  constructor(
    private readonly link: NatsLink,
    private readonly replicas: number,
  ) {}

  /** @throws SrvauError UNAVAILABLE when JetStream does not take it */
  async put(id: string, entry: Omit<CatalogEntry & { action: 'load' }, 'by'> | { action: 'unload' }): Promise<void> {
    const kv = await this.open();
    try {
      await kv.put(id, JSON.stringify({ ...entry, by: this.self }));
    } catch (cause) {
      throw new SrvauError('UNAVAILABLE', `the other replicas could not be told: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  async get(id: string): Promise<CatalogEntry | undefined> {
    const entry = await (await this.open()).get(id);
    return entry === null ? undefined : readEntry(entry);
  }

  /** Every entry there is, and each change by somebody else, until `signal`. */
  async *follow(signal: AbortSignal): AsyncGenerator<{ id: string; entry: CatalogEntry; isNew: boolean }> {
    const watcher = await (await this.open()).watch();
    const stop = (): void => watcher.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const stored of watcher) {
        const entry = readEntry(stored);
        if (entry !== undefined && entry.by !== this.self) yield { id: stored.key, entry, isNew: stored.isUpdate };
      }
    } finally {
      signal.removeEventListener('abort', stop);
      watcher.stop();
    }
  }

  /** @throws SrvauError UNAVAILABLE */
  async open(): Promise<KV> {
    this.opening ??= this.create().catch((cause: unknown) => {
      this.opening = undefined;
      throw new SrvauError('UNAVAILABLE', `NATS has no key-value store for us: ${(cause as Error).message}`, { cause });
    });
    return this.opening;
  }

  private async create(): Promise<KV> {
    return new Kvm(await this.link.connection()).create(BUCKET, { history: 1, replicas: this.replicas });
  }
}

/** @returns undefined for what no replica of ours has written */
function readEntry({ operation, value }: KvEntry): CatalogEntry | undefined {
  if (operation !== 'PUT') return undefined;
  try {
    const entry = JSON.parse(new TextDecoder().decode(value)) as Partial<CatalogEntry> | null;
    if (entry?.action === 'unload' && typeof entry.by === 'string') return entry as CatalogEntry;
    const isLoad = entry?.action === 'load' && typeof entry.source === 'string' && typeof entry.by === 'string';
    return isLoad ? (entry as CatalogEntry) : undefined;
  } catch {
    return undefined;
  }
}
