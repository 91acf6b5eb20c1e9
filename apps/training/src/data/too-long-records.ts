import type { StructuredLog } from '@srvau/contracts';

/** Names records that the model cannot read in the log, each once, though it comes again in every epoch. */
export class TooLongRecords {
  readonly #told = new Set<string>();

  /** @param reason continues "a record" */
  constructor(
    private readonly reason: string,
    private readonly log: StructuredLog,
  ) {}

  tell(id: string): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.log.warn({ record: id }, `left out: a record ${this.reason}`);
  }
}
