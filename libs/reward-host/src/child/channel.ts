import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

/** What arrives at one end of a channel. */
export interface ChannelEvents {
  onMessage(message: unknown): void;
  /** @param bytes valid during the call alone */
  onBytes?(bytes: Buffer): void;
  /** The other end is about to go, for this reason. */
  onLastWords?(text: string): void;
  /** What arrived is no frame: somebody else wrote into the channel. */
  onBroken(error: Error): void;
}

/** Length of the payload, 4 bytes, and its kind, 1 byte. */
const HEADER_BYTES = 5;
const MESSAGE = 0;
const BYTES = 1;
const LAST_WORDS = 2;

const MAX_FRAME_BYTES = 2 ** 30;
const BUFFER_BYTES = 2 ** 18;
/** A buffer that one large frame needed is not kept for small ones. */
const MAX_KEPT_BYTES = 2 ** 22;

/**
 * Messages and bytes over a socket between two processes.
 *
 * In place of the channel that Node.js gives to forked processes, which copies each message several times and is within a
 * plugin's reach as `process.send`. Messages are structured clones; bytes go as they are, so that several children can be sent
 * the same ones.
 */
export class Channel {
  private buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private filled = 0;

  constructor(
    private readonly socket: Socket,
    private readonly events: ChannelEvents,
  ) {}

  send(message: unknown): void {
    this.write(MESSAGE, serialize(message));
  }

  /** @param bytes not to be changed afterwards */
  sendBytes(bytes: Buffer): void {
    this.write(BYTES, bytes);
  }

  /** @param done called when the text is on its way, or cannot be sent */
  sendLastWords(text: string, done: () => void): void {
    this.write(LAST_WORDS, Buffer.from(text), done);
  }

  private write(kind: number, payload: Buffer, done?: () => void): void {
    // The other end may be gone, which is told elsewhere.
    if (!this.socket.writable) return done?.();
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32LE(payload.length);
    header.writeUInt8(kind, 4);
    this.socket.cork();
    this.socket.write(header);
    this.socket.write(payload, done);
    this.socket.uncork();
  }

  /** @param chunk read from the socket; valid during the call alone */
  push(chunk: Uint8Array): void {
    this.makeRoom(chunk.length);
    this.buffer.set(chunk, this.filled);
    this.filled += chunk.length;
    let at = 0;
    try {
      for (let size = this.sizeAt(at); size !== undefined; size = this.sizeAt(at)) {
        const start = at + HEADER_BYTES;
        at = start + size;
        this.deliver(this.buffer[start - 1], this.buffer.subarray(start, at));
      }
    } catch (error) {
      this.socket.destroy();
      this.events.onBroken(error as Error);
      return;
    }
    this.buffer.copyWithin(0, at, this.filled);
    this.filled -= at;
    if (this.filled === 0 && this.buffer.length > MAX_KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  /** Bytes of the frame at `at`; undefined where it has not come yet. */
  private sizeAt(at: number): number | undefined {
    if (this.filled - at < HEADER_BYTES) return undefined;
    const size = this.buffer.readUInt32LE(at);
    if (size > MAX_FRAME_BYTES)
      throw new Error(`expected a frame of at most ${MAX_FRAME_BYTES} bytes, received ${size}`);
    return this.filled - at - HEADER_BYTES < size ? undefined : size;
  }

  private deliver(kind: number | undefined, payload: Buffer): void {
    // A copy: arrays in a message are views of what it was read from, and the buffer is used again.
    if (kind === MESSAGE) this.events.onMessage(deserialize(Buffer.from(payload)));
    else if (kind === BYTES) this.events.onBytes?.(payload);
    else if (kind === LAST_WORDS) this.events.onLastWords?.(payload.toString());
    else throw new Error(`expected a frame of kind 0 to 2, received ${kind}`);
  }

  private makeRoom(bytes: number): void {
    const needed = this.filled + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.buffer.length));
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }
}
