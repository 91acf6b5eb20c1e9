/** Wall-clock seconds by phase; those of one phase add up. */
export class PhaseClock {
  readonly #seconds: Record<string, number> = {};

  /** @param begins told of each phase when its time begins */
  constructor(private readonly begins: (phase: string) => void = () => undefined) {}

  async time<T>(phase: string, work: Promise<T>): Promise<T> {
    this.begins(phase);
    const begun = performance.now();
    try {
      return await work;
    } finally {
      this.add(phase, performance.now() - begun);
    }
  }

  add(phase: string, ms: number): void {
    this.#seconds[phase] = (this.#seconds[phase] ?? 0) + ms / 1000;
  }

  get seconds(): Readonly<Record<string, number>> {
    return this.#seconds;
  }
}
