import type { Random } from '../random/random';

/**
 * Deals the numbers 0 … size − 1 evenly: each once before any comes again, in an order drawn anew every round. Answers that
 * are dealt so are spread evenly by construction, not only on average.
 */
export class Deck {
  private rest: number[] = [];

  constructor(
    readonly size: number,
    private readonly random: Random,
  ) {}

  deal(): number {
    if (this.rest.length === 0) this.rest = this.random.shuffled(Array.from({ length: this.size }, (_, i) => i));
    return this.rest.pop() as number;
  }
}

/** Decks by name, each made when it is first dealt from, with randomness of its own. */
export class Decks {
  private readonly decks = new Map<string, Deck>();

  constructor(private readonly random: Random) {}

  deal(name: string, size: number): number {
    let deck = this.decks.get(name);
    if (deck === undefined) {
      deck = new Deck(size, this.random.fork(`deck/${name}`));
      this.decks.set(name, deck);
    }
    if (deck.size !== size) throw new RangeError(`deck ${name}: expected size ${deck.size}, received ${size}`);
    return deck.deal();
  }
}
