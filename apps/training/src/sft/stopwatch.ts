/** Wall-clock seconds by phase. */
export class Stopwatch {
  readonly seconds: Record<string, number> = {};

  async time<T>(phase: string, work: Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work;
    } finally {
      this.seconds[phase] = (this.seconds[phase] ?? 0) + (performance.now() - begun) / 1000;
    }
  }
}
