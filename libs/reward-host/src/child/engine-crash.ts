const OUT_OF_MEMORY = /heap out of memory|Allocation failed|std::bad_alloc|\bOOM\b/;
const BEGINS = /^(<--- Last few GCs --->|FATAL ERROR: |# Fatal |terminate called after throwing)/;

/** What the engine prints when it gives up: not the plugin's own words, and the only place where the reason stands. */
export class EngineCrash {
  outOfMemory = false;
  private begun = false;
  private text: string | undefined;

  /** @returns whether the line belongs to it; all lines after its first one do */
  take(line: string): boolean {
    this.begun ||= BEGINS.test(line);
    if (!this.begun) return false;
    this.outOfMemory ||= OUT_OF_MEMORY.test(line);
    this.text ??= /^(?:FATAL ERROR: |# )(Fatal .*|.*\S)/.exec(line)?.[1];
    return true;
  }

  /** In one line; undefined where it gave none. */
  get reason(): string | undefined {
    return this.text;
  }
}
