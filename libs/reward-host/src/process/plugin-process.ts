import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { Child, type ChildEnd } from '../child/child';
import type { ChildProgram } from '../child/launch';
import type { Limits } from '../child/limits';
import type { ModuleManifest } from '../manifest/manifest';
import type { CodeInfo } from '../run/plugin-info';
import type { HostLog } from '../run/runner';
import type { PackedRollouts } from '../batch/packed-rollouts';
import type { Answer, FromPlugin, ScoreMessage, ToPlugin } from './protocol';

const BUILT_PROGRAM: ChildProgram = { file: join(__dirname, 'main.js'), argv: [] };

export interface PluginProcessConfig extends Limits {
  readonly manifest: ModuleManifest;
  /** Plain data. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly log: HostLog;
  /** For the start of the process, import and `create`. */
  readonly loadDeadlineMs: number;
  readonly program?: ChildProgram;
}

/** What became of a batch: the plugin's answer, or why its process is no more. */
export type Reply = Answer | Ended;

export interface Ended {
  readonly kind: 'ended';
  readonly why: string;
  /** False where the process never took up the batch, whose fault it so cannot be. */
  readonly started: boolean;
}

interface Pending {
  readonly settle: (reply: Reply) => void;
  started: boolean;
}

/** A process that has nothing left to wait for ends by itself. */
const STOPS_LOADING = 'process.exit does, or an await in create or at the top level of what never comes';

/** A process from its start to its end, with one plugin in it. */
export class PluginProcess {
  /** Resolves with why the process is no more. */
  readonly ended: Promise<string>;
  private loaded = false;
  private readonly pending = new Map<number, Pending>();
  private readonly child: Child<FromPlugin, ToPlugin>;
  private readonly opening: Promise<CodeInfo>;

  private constructor(private readonly config: PluginProcessConfig) {
    const { manifest, options, program = BUILT_PROGRAM } = config;
    let receive: (message: FromPlugin) => void = () => undefined;
    const child = { ...config, program, cwd: manifest.dir, plugin: manifest.id };
    this.child = Child.start(child, (message) => receive(message));
    this.ended = this.child.ended.then((end) => this.settleAll(end));
    this.opening = new Promise((resolve, reject) => {
      receive = (message) => this.receive(message, resolve, reject);
      void this.ended.then((why) => reject(refusal(manifest, why)));
    });
    this.child.send({ kind: 'load', manifest, options });
  }

  /** @throws SrvauError UNPROCESSABLE, INVALID_REQUEST (options) */
  static async start(config: PluginProcessConfig): Promise<{ process: PluginProcess; code: CodeInfo }> {
    const process = new PluginProcess(config);
    const { loadDeadlineMs } = config;
    const timer = setTimeout(() => void process.kill(`did not load within ${loadDeadlineMs} ms`), loadDeadlineMs);
    try {
      return { process, code: await process.opening };
    } catch (error) {
      await process.kill('was refused');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves once the plugin has answered or its process ended; never rejects. */
  score(message: ScoreMessage, rollouts: PackedRollouts): Promise<Reply> {
    return new Promise((resolve) => {
      this.pending.set(message.seq, { settle: resolve, started: false });
      this.child.send(message);
      for (const piece of rollouts) this.child.sendBytes(piece);
    });
  }

  /** Tells the plugin that nobody waits for a batch any more. */
  abort(seq: number): void {
    this.child.send({ kind: 'abort', seq });
  }

  /** Lets the plugin dispose what it holds, and ends the process after `graceMs` in any case. */
  async close(graceMs: number): Promise<void> {
    this.child.expectEnd('was unloaded');
    this.child.send({ kind: 'close' });
    const timer = setTimeout(() => void this.child.kill('was unloaded'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the process at once, whatever it does. */
  async kill(why: string): Promise<void> {
    await this.child.kill(why);
    await this.ended;
  }

  private settleAll({ why, byItself }: ChildEnd): string {
    const full = byItself ? `${why}, as ${this.loaded ? 'process.exit does' : STOPS_LOADING}` : why;
    for (const { settle, started } of this.pending.values()) settle({ kind: 'ended', why: full, started });
    this.pending.clear();
    return full;
  }

  private receive(message: FromPlugin, ready: (code: CodeInfo) => void, refused: (error: SrvauError) => void): void {
    switch (message.kind) {
      case 'ready':
        this.loaded = true;
        return ready(message.code);
      case 'refused':
        this.child.expectEnd(message.error.message);
        return refused(SrvauError.fromWire(message.error));
      case 'log':
        return this.config.log(message.level, message.message, { ...message.fields, plugin: this.config.manifest.id });
      case 'started': {
        const pending = this.pending.get(message.seq);
        if (pending !== undefined) pending.started = true;
        return;
      }
      case 'outcomes':
      case 'rejected':
        this.pending.get(message.seq)?.settle(message);
        this.pending.delete(message.seq);
    }
  }
}

function refusal({ id, entry }: ModuleManifest, why: string): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', `plugin ${id} (${entry})`, 'a module that loads', `one that ${why}`);
}
