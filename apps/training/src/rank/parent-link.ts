import { ALIVE_MS, type FromRank, type StopReason, type ToRank } from '../launch/protocol';

type Start = Extract<ToRank, { type: 'start' }>;

/** A rank's end of the channel to the process that launched it. */
export class ParentLink {
  private constructor(
    readonly start: Start,
    private readonly stopped: AbortController,
  ) {}

  /**
   * Waits to be told what to do. From now on the end of the parent is the end of this process, whatever it does.
   */
  static async open(): Promise<ParentLink> {
    // Not process.exit, which would wait for what native code computes. Everything on disk bears a kill at any moment.
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
    // Told to a group or a whole container, these are for the parent, which decides for its ranks.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
    const stopped = new AbortController();
    const start = await new Promise<Start>((resolve) => {
      let started = false;
      process.on('message', (message: ToRank) => {
        if (message.type === 'stop') {
          if (!started) process.exit(0);
          return stopped.abort(new AttemptStopped(message.why, message.because));
        }
        started = true;
        resolve(message);
      });
    });
    return new ParentLink(start, stopped);
  }

  /** Aborts when the attempt is to end. */
  get signal(): AbortSignal {
    return this.stopped.signal;
  }

  /** So that a parent can tell a rank that computes from one that is stuck. */
  keepAlive(): void {
    setInterval(() => this.send({ type: 'alive' }), ALIVE_MS).unref();
  }

  send(message: FromRank): void {
    // An error of the channel means that the parent is gone, which ends this process anyhow.
    process.send?.(message, undefined, {}, () => undefined);
  }

  /** The last message; resolves when it is on its way. */
  async sendLast(message: FromRank): Promise<void> {
    await new Promise<void>((resolve) => {
      if (process.send === undefined) return resolve();
      process.send(message, undefined, {}, () => resolve());
    });
  }
}

const WHY: Readonly<Record<StopReason, string>> = {
  cancelled: 'the job was cancelled',
  shutdown: 'the worker shuts down',
  'rank-failed': 'a rank failed',
};

/** Why an attempt ends that did not end by itself. */
export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';

  /** @param because what became of the rank that failed, where that is known */
  constructor(
    readonly why: StopReason,
    because?: string,
  ) {
    super(because === undefined ? WHY[why] : `${WHY[why]}: ${because}`);
  }
}
