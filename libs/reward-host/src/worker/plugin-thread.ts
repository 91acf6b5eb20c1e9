import { join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { SrvauError } from '@srvau/contracts';
import { failureText } from '../run/failure-text';
import type { CodeInfo } from '../run/plugin-info';
import type { HostLog } from '../run/runner';
import type { ModuleManifest } from '../manifest/manifest';
import { readLines } from './output-lines';
import type { Answer, FromThread, ScoreMessage, ThreadData, ToThread } from './protocol';

/** Which JavaScript a thread runs; specs run it from the sources. */
export interface ThreadProgram {
  readonly file: string;
  readonly argv: readonly string[];
}

const BUILT_PROGRAM: ThreadProgram = { file: join(__dirname, 'main.js'), argv: [] };

export interface ThreadConfig {
  readonly manifest: ModuleManifest;
  /** Plain data. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly log: HostLog;
  /** Of the thread's JavaScript heap; Buffers and native memory are outside of it. */
  readonly heapMb: number;
  /** For import and `create`. */
  readonly loadDeadlineMs: number;
  readonly program?: ThreadProgram;
}

/** What became of a batch: the thread's answer, or why the thread is no more. */
export type Reply = Answer | Ended;

export interface Ended {
  readonly kind: 'ended';
  readonly why: string;
  /** False where the thread never took up the batch, whose fault it so cannot be. */
  readonly started: boolean;
}

interface Pending {
  readonly settle: (reply: Reply) => void;
  started: boolean;
}

/** A thread that has nothing left to wait for ends by itself. */
const STOPS_LOADING = 'process.exit does, or an await in create or at the top level of what never comes';

/** A thread from its start to its end, with one plugin in it. */
export class PluginThread {
  /** Resolves with why the thread is no more. */
  readonly ended: Promise<string>;
  /** Set before what ends the thread, so that the end is put down to it. */
  private reason: string | undefined;
  private loaded = false;
  private readonly pending = new Map<number, Pending>();
  private readonly opening: Promise<CodeInfo>;

  private constructor(
    private readonly worker: Worker,
    private readonly port: MessagePort,
    private readonly config: ThreadConfig,
  ) {
    const { manifest, log, heapMb } = config;
    const plugin = manifest.id;
    readLines(worker.stdout, (line) => log('info', line, { plugin, stream: 'stdout' }));
    readLines(worker.stderr, (line) => log('warn', line, { plugin, stream: 'stderr' }));
    worker.on('error', (error) => {
      const isFull = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.reason ??= isFull
        ? `filled its heap of ${heapMb} MB`
        : `threw where nothing could catch it: ${failureText(error)}`;
    });
    let receive: (message: FromThread) => void = () => undefined;
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code) => {
        // The end may be told before what the thread said last: they come by different ways.
        for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port))
          receive(last.message as FromThread);
        const why =
          (this.reason ??= `ended its thread with exit code ${code}, as ${this.loaded ? 'process.exit does' : STOPS_LOADING}`);
        port.close();
        for (const { settle, started } of this.pending.values()) settle({ kind: 'ended', why, started });
        this.pending.clear();
        resolve(why);
      });
    });
    this.opening = new Promise((resolve, reject) => {
      receive = (message) => this.receive(message, resolve, reject);
      port.on('message', receive);
      void this.ended.then((why) => reject(refusal(manifest, why)));
    });
  }

  /** @throws SrvauError UNPROCESSABLE, INVALID_REQUEST (options), DEADLINE_EXCEEDED */
  static async start(config: ThreadConfig): Promise<{ thread: PluginThread; code: CodeInfo }> {
    const { manifest, options, heapMb, loadDeadlineMs, program = BUILT_PROGRAM } = config;
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = { port: port2, manifest, options };
    const worker = new Worker(program.file, {
      argv: [...program.argv],
      workerData: data,
      transferList: [port2],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    const thread = new PluginThread(worker, port1, config);
    const timer = setTimeout(() => {
      thread.reason ??= `did not load within ${loadDeadlineMs} ms`;
      void worker.terminate();
    }, loadDeadlineMs);
    try {
      return { thread, code: await thread.opening };
    } catch (error) {
      await worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves once the thread has answered or ended; never rejects. */
  score(message: ScoreMessage): Promise<Reply> {
    return new Promise((resolve) => {
      this.pending.set(message.seq, { settle: resolve, started: false });
      this.post(message);
    });
  }

  /** Tells the plugin that nobody waits for a batch any more. */
  abort(seq: number): void {
    this.post({ kind: 'abort', seq });
  }

  /** Lets the plugin dispose what it holds, and ends the thread after `graceMs` in any case. */
  async close(graceMs: number): Promise<void> {
    this.reason ??= 'was unloaded';
    this.post({ kind: 'close' });
    const timer = setTimeout(() => void this.worker.terminate(), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the thread at once, whatever it does. */
  async terminate(why: string): Promise<void> {
    this.reason ??= why;
    await this.worker.terminate();
    await this.ended;
  }

  private post(message: ToThread): void {
    this.port.postMessage(message);
  }

  private receive(message: FromThread, ready: (code: CodeInfo) => void, refused: (error: SrvauError) => void): void {
    switch (message.kind) {
      case 'ready':
        this.loaded = true;
        return ready(message.code);
      case 'refused':
        this.reason ??= message.error.message;
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
