import { basename, resolve } from 'node:path';
import { type ModelIdentity, SrvauError } from '@srvau/contracts';
import type { OpenModelOptions, VisionLanguageModel } from '@srvau/models';
import { nativeDirectory } from './model-uris';
import { PatientModel } from './patient-model';

export interface ModelLease {
  readonly model: PatientModel;
  release(): void;
}

interface Entry {
  opening: Promise<{ model: PatientModel; opened: VisionLanguageModel }>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/** How long a model that nobody uses is kept: the next shard follows at once, the next build may be days away. */
const IDLE_MS = 30_000;

/** The models of this process, each opened once however many shards ask it. */
export class ModelPool implements AsyncDisposable {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly options: OpenModelOptions = {}) {}

  /** @throws SrvauError that is final: a model that cannot be opened here will not be the next time. */
  async acquire(uri: string): Promise<ModelLease> {
    const entry = this.entries.get(uri) ?? this.open(uri);
    clearTimeout(entry.idle);
    entry.users += 1;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      entry.users -= 1;
      if (entry.users > 0) return;
      entry.idle = setTimeout(() => void this.close(uri, entry), IDLE_MS).unref();
    };
    try {
      const { model } = await entry.opening;
      return { model, release };
    } catch (error) {
      release();
      clearTimeout(entry.idle);
      if (this.entries.get(uri) === entry) this.entries.delete(uri);
      throw asFinal(error, uri);
    }
  }

  /** Which model a URI names, without loading its weights. */
  async identify(uri: string, signal: AbortSignal): Promise<ModelIdentity> {
    const native = nativeDirectory(uri);
    if (native !== undefined) {
      const { digestCheckpoint } = await import('@srvau/models');
      const model = basename(resolve(native));
      return { backend: 'native', model, hash: await digestCheckpoint(native, signal) };
    }
    const lease = await this.acquire(uri);
    try {
      return lease.model.identity;
    } finally {
      lease.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.entries].map(([uri, entry]) => this.close(uri, entry)));
  }

  private open(uri: string): Entry {
    // Loaded with the first build: the service does without native code until then.
    const opening = import('@srvau/models').then(async ({ openModel }) => {
      const opened = await openModel(uri, this.options);
      return { model: new PatientModel(opened), opened };
    });
    const entry: Entry = { opening, users: 0, idle: undefined };
    this.entries.set(uri, entry);
    return entry;
  }

  private async close(uri: string, entry: Entry): Promise<void> {
    clearTimeout(entry.idle);
    if (this.entries.get(uri) === entry) this.entries.delete(uri);
    const opened = await entry.opening.catch(() => undefined);
    await opened?.opened[Symbol.asyncDispose]();
  }
}

function asFinal(error: unknown, uri: string): unknown {
  if (!(error instanceof SrvauError) || !error.retryable) return error;
  const scheme = uri.slice(0, uri.indexOf(':'));
  return new SrvauError('UNPROCESSABLE', `the ${scheme} model cannot be opened: ${error.message}`, { cause: error });
}
