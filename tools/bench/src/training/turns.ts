export interface TurnsOptions {
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Says what is measured, and how far the measuring has come, to whoever waits for it. */
export class Turns {
  #begun = 0;

  constructor(
    private readonly name: string,
    private readonly count: number,
    private readonly options: TurnsOptions,
  ) {}

  get signal(): AbortSignal {
    return this.options.signal;
  }

  /** @throws what the measuring was interrupted with */
  begin(who: string): void {
    this.options.signal.throwIfAborted();
    this.#begun += 1;
    this.options.tell(`${this.name}: ${who}, turn ${this.#begun} of ${this.count}`);
  }
}
