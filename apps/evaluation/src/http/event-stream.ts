import { Readable } from 'node:stream';

/** Between proxies and callers a connection on which nothing comes is soon closed. */
const KEEP_ALIVE_MS = 10_000;

/** A stream of server-sent events. It begins with the first event, or when the caller has waited for one for 10 s. */
export class EventStream {
  readonly readable = new Readable({ read: () => undefined });
  /** Resolves when there is something to send. */
  readonly begun: Promise<void>;
  private begin!: () => void;
  private hasBegun = false;
  private readonly keepAlive: NodeJS.Timeout;

  constructor(keepAliveMs = KEEP_ALIVE_MS) {
    this.begun = new Promise((resolve) => (this.begin = resolve));
    // Lines that begin with a colon are comments.
    this.keepAlive = setInterval(() => this.write(': waiting\n\n'), keepAliveMs).unref();
  }

  get isOpen(): boolean {
    return this.hasBegun;
  }

  /** JSON has no line breaks, so the data is one line. */
  send(event: string, data: object): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    this.keepAlive.refresh();
  }

  end(): void {
    clearInterval(this.keepAlive);
    if (!this.readable.destroyed) this.readable.push(null);
  }

  private write(text: string): void {
    // Destroyed when the caller has gone.
    if (this.readable.destroyed) return;
    this.readable.push(text);
    this.hasBegun = true;
    this.begin();
  }
}
