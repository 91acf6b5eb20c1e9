import { setMaxListeners } from 'node:events';
import { SrvauError } from '@srvau/contracts';

/**
 * A signal that follows others, and aborts after a while by itself. Its ties to them end with it: some live as long as the
 * process, and signals of AbortSignal.any would stay registered there until they are collected.
 */
export class Deadline implements Disposable {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    ms: number,
    private readonly parents: readonly AbortSignal[],
  ) {
    const late = new SrvauError('DEADLINE_EXCEEDED', `no answer within ${ms} ms, the request's deadlineMs`);
    this.timer = setTimeout(() => this.controller.abort(late), ms);
    for (const parent of parents) {
      if (parent.aborted) this.controller.abort(parent.reason);
      setMaxListeners(0, parent);
      parent.addEventListener('abort', this.follow, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    for (const parent of this.parents) parent.removeEventListener('abort', this.follow);
  }

  private readonly follow = (event: Event): void => this.controller.abort((event.target as AbortSignal).reason);
}
