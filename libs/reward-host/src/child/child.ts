import type { HostLog } from '../run/runner';
import { Channel } from './channel';
import { EngineCrash } from './engine-crash';
import { type ChildProgram, killGroup, launch, type LaunchedChild } from './launch';
import type { Limits } from './limits';
import { readLines } from './output-lines';

export interface ChildConfig extends Limits {
  readonly program: ChildProgram;
  /** Absolute. */
  readonly cwd: string;
  /** Whose code runs in it, for the log. */
  readonly plugin: string;
  readonly log: HostLog;
}

export interface ChildEnd {
  /** What the plugin did, as the end of a sentence that begins with it: "filled its memory of 256 MB". */
  readonly why: string;
  /** It ended by itself, without a word: `process.exit`, or nothing was left to wait for. */
  readonly byItself: boolean;
}

/** What is printed last may be held up by something that the child has started and that outlives it. */
const DRAIN_MS = 1_000;

/**
 * A program in a process of its own, with a plugin's code in it: bounded in memory, without our environment, and never
 * longer alive than we are. It talks by ParentLink.
 */
export class Child<Incoming, Outgoing> {
  /** Never rejects. By then all that the child has said has been received. */
  readonly ended: Promise<ChildEnd>;
  private readonly channel: Channel;
  private readonly crash = new EngineCrash();
  /** Set before what ends the child, so that the end is put down to it. */
  private reason: string | undefined;

  private constructor(
    private readonly launched: LaunchedChild,
    private readonly config: ChildConfig,
    onMessage: (message: Incoming) => void,
  ) {
    const { plugin, log } = config;
    readLines(launched.stdout, (line) => log('info', line, { plugin, stream: 'stdout' }));
    readLines(
      launched.stderr,
      (line) => log('warn', line, { plugin, stream: 'stderr' }),
      (line) => this.crash.take(line),
    );
    this.channel = new Channel(launched.channel, {
      onMessage: (message) => onMessage(message as Incoming),
      onLastWords: (text) => (this.reason ??= text),
      onBroken: ({ message }) => void this.kill(`wrote into the channel to its host: ${message}`),
    });
    launched.channel.on('data', (chunk: Buffer) => this.channel.push(chunk));
    this.ended = this.untilEnd();
  }

  static start<Incoming, Outgoing>(
    config: ChildConfig,
    onMessage: (message: Incoming) => void,
  ): Child<Incoming, Outgoing> {
    return new Child(launch(config.program, config.cwd, config), config, onMessage);
  }

  send(message: Outgoing): void {
    this.channel.send(message);
  }

  /** @param bytes not to be changed afterwards */
  sendBytes(bytes: Buffer): void {
    this.channel.sendBytes(bytes);
  }

  /** The child is about to end, which will be for this reason unless there was another before. */
  expectEnd(why: string): void {
    this.reason ??= why;
  }

  /** Ends the child at once, whatever it does. */
  async kill(why: string): Promise<void> {
    this.expectEnd(why);
    // What has ended is not killed: its number may be somebody else's by now.
    const { pid, exitCode, signalCode } = this.launched.process;
    if (exitCode === null && signalCode === null) killGroup(pid);
    await this.ended;
  }

  private untilEnd(): Promise<ChildEnd> {
    const { process: child, stdout, stderr, channel } = this.launched;
    return new Promise((resolve) => {
      child.once('error', ({ message }) => {
        resolve({ why: `could not be started in ${this.config.cwd}: ${message}`, byItself: false });
      });
      child.once('exit', () => {
        // What the plugin has started goes with it.
        killGroup(child.pid);
        const drained = setTimeout(() => [stdout, stderr, channel].forEach((stream) => stream.destroy()), DRAIN_MS);
        child.once('close', () => clearTimeout(drained));
      });
      child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
        const why = this.reason ?? this.crashText(signal);
        resolve({ why: why ?? `ended its process with exit code ${code}`, byItself: why === undefined });
      });
    });
  }

  private crashText(signal: NodeJS.Signals | null): string | undefined {
    const { memoryMb } = this.config;
    if (this.crash.outOfMemory) return `filled its memory of ${memoryMb} MB`;
    if (signal === null) return undefined;
    if (signal === 'SIGKILL') return 'was killed from outside, as by a system that runs out of memory';
    // The engine itself does not survive every allocation that the kernel refuses.
    const usual = `as native code does, or where the memory of ${memoryMb} MB is full`;
    return `crashed with ${signal}: ${this.crash.reason ?? usual}`;
  }
}
