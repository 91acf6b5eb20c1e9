import { basename, resolve } from 'node:path';
import { type ModelIdentity, SrvauError } from '@srvau/contracts';
import { abortError, throwIfAborted } from '@srvau/storage';
import type { OpenModelOptions, VisionLanguageModel } from '@srvau/models';
import { checkpointStamp } from './checkpoint-stamp';
import { nativeDirectory } from './model-uris';
import { PatientModel } from './patient-model';

/** Disposing of it is releasing it. */
export interface ModelLease extends Disposable {
  readonly model: PatientModel;
  release(): void;
}

interface Entry {
  /** Of a checkpoint's files when it was opened. */
  stamp: string;
  opening: Promise<{ model: PatientModel; opened: VisionLanguageModel }>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

export interface ModelPoolOptions extends OpenModelOptions {
  /** How long a model that nobody uses is kept; 30 s by default: the next shard follows at once, the next job may be days away. */
  idleMs?: number;
  /** Opens a model; `openModel` of @srvau/models with the other options by default. */
  open?: (uri: string) => Promise<VisionLanguageModel>;
}

const IDLE_MS = 30_000;

/** The models of this process, each opened once however many ask it. */
export class ModelPool implements AsyncDisposable {
  private readonly entries = new Map<string, Entry>();
  private readonly openModel: (uri: string) => Promise<VisionLanguageModel>;
  private readonly idleMs: number;

  constructor({ idleMs = IDLE_MS, open, ...options }: ModelPoolOptions = {}) {
    // Loaded with the first model: a service does without native code until then.
    this.openModel = open ?? (async (uri) => (await import('@srvau/models')).openModel(uri, options));
    this.idleMs = idleMs;
  }

  /**
   * @param signal ends the waiting; the model is opened all the same, and kept for a while
   * @throws SrvauError that is final: a model that cannot be opened here will not be the next time. The signal's reason
   */
  async acquire(uri: string, signal?: AbortSignal): Promise<ModelLease> {
    const native = nativeDirectory(uri);
    const stamp = native === undefined ? '' : await checkpointStamp(native);
    throwIfAborted(signal);
    const entry = this.entryOf(uri, stamp) ?? this.open(uri, stamp);
    clearTimeout(entry.idle);
    entry.users += 1;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      entry.users -= 1;
      if (entry.users > 0) return;
      if (this.entries.get(uri) !== entry) void this.close(uri, entry);
      else entry.idle = setTimeout(() => void this.close(uri, entry), this.idleMs).unref();
    };
    try {
      const { model } = await (signal === undefined ? entry.opening : unlessAborted(entry.opening, signal));
      return { model, release, [Symbol.dispose]: release };
    } catch (error) {
      release();
      if (signal?.aborted === true) throw error;
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
    using lease = await this.acquire(uri);
    return lease.model.identity;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.entries].map(([uri, entry]) => this.close(uri, entry)));
  }

  /** One that was opened of other files is left to those who use it. */
  private entryOf(uri: string, stamp: string): Entry | undefined {
    const entry = this.entries.get(uri);
    if (entry === undefined || entry.stamp === stamp) return entry;
    this.entries.delete(uri);
    if (entry.users === 0) void this.close(uri, entry);
    return undefined;
  }

  private open(uri: string, stamp: string): Entry {
    // Its weights may need the memory that those of an idle one take.
    const idle = nativeDirectory(uri) === undefined ? [] : [...this.entries].filter(([, { users }]) => users === 0);
    for (const [other, entry] of idle) if (nativeDirectory(other) !== undefined) void this.close(other, entry);
    const opening = this.openModel(uri).then((opened) => ({ model: new PatientModel(opened), opened }));
    const entry: Entry = { stamp, opening, users: 0, idle: undefined };
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

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, failed) => {
    const leave = (): void => failed(abortError(signal));
    signal.addEventListener('abort', leave, { once: true });
    work.then(done, failed).finally(() => signal.removeEventListener('abort', leave));
  });
}

function asFinal(error: unknown, uri: string): unknown {
  if (!(error instanceof SrvauError) || !error.retryable) return error;
  const scheme = uri.slice(0, uri.indexOf(':'));
  return new SrvauError('UNPROCESSABLE', `the ${scheme} model cannot be opened: ${error.message}`, { cause: error });
}
