import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { failureText } from '../run/failure-text';
import { Channel } from './channel';
import { CHANNEL_FD } from './launch';

/** A child's end of what Child holds the other end of. */
export interface ParentLink<Incoming, Outgoing> {
  send(message: Outgoing): void;
  /** @param onBytes gets them valid during the call alone */
  receive(onMessage: (message: Incoming) => void, onBytes?: (bytes: Buffer) => void): void;
  /**
   * Whether to wait for messages when nothing else is left to do. It does at first; while a plugin is being loaded it should
   * not, so that a promise that nobody can settle ends the process.
   */
  keepAlive(yes: boolean): void;
  /** Ends the process, which a timer or a connection that the plugin left behind would keep alive. */
  leave(): void;
}

/** What a socket holds. */
const READ_BYTES = 2 ** 18;

const IGNORED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** To be called once, in a process that `launch` started. Errors that nothing catches end it, with a word to the host. */
export function linkToParent<Incoming, Outgoing>(): ParentLink<Incoming, Outgoing> {
  let onMessage: (message: Incoming) => void = () => undefined;
  let onBytes: (bytes: Buffer) => void = () => undefined;
  const socket = new Socket(
    readingInto(Buffer.allocUnsafeSlow(READ_BYTES), CHANNEL_FD, (chunk) => channel.push(chunk)),
  );
  const channel = new Channel(socket, {
    onMessage: (message) => onMessage(message as Incoming),
    onBytes: (bytes) => onBytes(bytes),
    onBroken: (error) => {
      throw error;
    },
  });
  // Told to a group or a whole container, these are for the host, which still needs its plugins while it drains.
  for (const signal of IGNORED) process.on(signal, () => undefined);
  process.on('uncaughtException', (error) => {
    channel.sendLastWords(`threw where nothing could catch it: ${failureText(error)}`, () => process.exit(1));
  });
  return {
    send: (message) => channel.send(message),
    receive: (message, bytes) => {
      onMessage = message;
      if (bytes !== undefined) onBytes = bytes;
    },
    keepAlive: (yes) => void (yes ? socket.ref() : socket.unref()),
    leave: () => void socket.end(() => process.exit(0)),
  };
}

/** Always into the same memory: batches are large, and a buffer for each read keeps the garbage collector busy. */
function readingInto(
  buffer: Uint8Array,
  fd: number,
  onChunk: (chunk: Uint8Array) => void,
): SocketConstructorOpts & { onread: OnReadOpts } {
  const callback = (bytes: number): boolean => {
    onChunk(buffer.subarray(0, bytes));
    return true;
  };
  return { fd, onread: { buffer, callback } };
}
