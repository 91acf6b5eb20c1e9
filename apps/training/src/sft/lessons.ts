import type { StructuredLog } from '@srvau/contracts';
import type { TrainingData } from '../data/training-data';
import type { TrainingItem } from '../data/training-item';
import type { Lesson } from './pass-reader';
import { type Target, targetOf } from './target';

/** Tokenizes transcripts, each once. Those that cannot be learned are left out, and told once. */
export class Lessons {
  readonly #targets = new Map<string, Target | string>();
  readonly #told = new Set<string>();

  constructor(
    private readonly tokenizer: TrainingData['tokenizer'],
    private readonly endOfTurn: number,
    private readonly log: StructuredLog,
  ) {}

  of(items: readonly TrainingItem[]): Lesson[] {
    return items.flatMap((item) => {
      const target = this.#targetOf(item);
      return typeof target === 'string' ? [] : [{ item, target }];
    });
  }

  /** Of one that was found too long for the model. */
  tellTooLong(ids: readonly string[], maxPositions: number): void {
    for (const id of ids) this.#tell(id, `whose prompt and transcript are longer than ${maxPositions} tokens`);
  }

  #targetOf({ id, task, transcript }: TrainingItem): Target | string {
    const known = this.#targets.get(id);
    if (known !== undefined) return known;
    const target = targetOf(transcript, { task, tokenizer: this.tokenizer, endOfTurn: this.endOfTurn });
    this.#targets.set(id, target);
    if (typeof target === 'string') this.#tell(id, target);
    return target;
  }

  #tell(id: string, reason: string): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.log.warn({ record: id }, `left out: a record ${reason}`);
  }
}
