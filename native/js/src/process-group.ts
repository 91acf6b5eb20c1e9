import { runTask } from './call';
import { Disposable, HANDLE } from './handle';
import { type NativeHandle } from './addon';
import { type CallOptions, type Device } from './types';
import { toDoubles, toObject } from './values';

/** How a process becomes a rank of a group. All ranks say the same but for rank, listenOn and the number of a device. */
export interface JoinOptions extends CallOptions {
  /** 0 to worldSize − 1, each taken by one process. */
  readonly rank: number;
  readonly worldSize: number;
  /** Where rank 0 is found: a name or number; 127.0.0.1 by default. */
  readonly address?: string;
  /** Of rank 0; 29500 by default. Rank 0 may say 0, which is any that is free: see onListening. */
  readonly port?: number;
  /**
   * Address of this machine, the only one it listens on. By default rank 0 listens on `address`, and the others on that
   * of the interface through which they reach it: with the default address on nothing but the loopback interface.
   */
  readonly listenOn?: string;
  /** How long a rank waits for the others, here and later in each exchange, their computing included; 10 minutes by default. */
  readonly timeoutMs?: number;
  /** Of the models that will be trained: Gloo for `cpu`, the default, NCCL for CUDA. */
  readonly device?: Device;
  /** On rank 0, once the others can come. */
  readonly onListening?: (port: number) => void;
}

export interface ReduceOptions extends CallOptions {
  /** `sum` by default. */
  readonly reduction?: 'sum' | 'min' | 'max';
}

/**
 * Processes that train one model together: one rank each, on one machine or several. Whatever one rank calls, all call, in
 * the same order, and wait for each other on the thread of the group's device. A group that has failed stays so: the ranks
 * form a new one. Two ranks of one process on one device have one thread, on which the first would keep the second waiting until
 * the time-out.
 *
 * Traffic between ranks is neither encrypted nor authenticated: use it in networks that are trusted.
 */
export class ProcessGroup extends Disposable {
  private constructor(
    handle: NativeHandle,
    readonly rank: number,
    readonly worldSize: number,
  ) {
    super(handle);
  }

  /**
   * Waits for all ranks.
   *
   * @throws NativeError INVALID_ARGUMENT: an option out of its range or not that of the other ranks, a rank that is taken, an
   *   address or port that cannot be listened on; UNSUPPORTED: CUDA without NCCL; PROCESS_GROUP: ranks that did not come in
   *   time, named
   */
  static async join(options: JoinOptions): Promise<ProcessGroup> {
    const { signal: _, onListening, ...rest } = toObject(options, 'options');
    const handle = await runTask(ProcessGroup.join, options, (native, cancel) =>
      native.joinGroup(cancel, rest, onListening),
    );
    return new ProcessGroup(handle, options.rank, options.worldSize);
  }

  /** One number over all ranks for each; the same on all of them. All give as many. */
  async reduce(values: readonly number[] | Float64Array, options: ReduceOptions = {}): Promise<Float64Array> {
    const { reduction } = toObject(options, 'options');
    return runTask(this.reduce, options, (native, cancel) =>
      native.reduceNumbers(cancel, this[HANDLE], toDoubles(values, 'values'), { reduction }),
    );
  }

  /** Resolves when all ranks have come here. */
  async barrier(options?: CallOptions): Promise<void> {
    await this.reduce([], options);
  }
}
