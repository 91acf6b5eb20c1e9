import type { PluginRunner } from '../run/runner';

/** A runner and those who use it at the moment, so that it is closed only when the last of them is done. */
export class Slot {
  private users = 0;
  private whenIdle: (() => void) | undefined;

  constructor(readonly runner: PluginRunner) {}

  async use<T>(act: (runner: PluginRunner) => Promise<T>): Promise<T> {
    this.users += 1;
    try {
      return await act(this.runner);
    } finally {
      this.users -= 1;
      if (this.users === 0) this.whenIdle?.();
    }
  }

  /** To be called once nobody new can find the slot. Resolves when the last user is done and the runner is closed. */
  async retire(): Promise<void> {
    if (this.users > 0) await new Promise<void>((done) => (this.whenIdle = done));
    await this.runner.close();
  }
}
