import { addon, type NativeHandle } from './addon';

/** Where our classes keep what the addon gave them. Not exported from the package. */
export const HANDLE = Symbol('srvau.native');

/** Shared by the classes whose memory lies outside JavaScript. */
export abstract class Disposable implements globalThis.Disposable, AsyncDisposable {
  readonly [HANDLE]: NativeHandle;

  protected constructor(handle: NativeHandle) {
    this[HANDLE] = handle;
  }

  /**
   * Gives the memory back once the calls made so far are done, on the thread that computes; resolves when that has
   * happened. Any later use is a TypeError, but disposing again is harmless. Without it the memory is given back some
   * time after the object has become unreachable.
   */
  dispose(): Promise<void> {
    return addon().dispose(this[HANDLE]);
  }

  [Symbol.dispose](): void {
    void this.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** The handle of an object of ours; of anything else that thing itself, for the addon to name what it received. */
export function handleOf(value: unknown): NativeHandle {
  return (value instanceof Disposable ? value[HANDLE] : value) as NativeHandle;
}
