import { Random } from '../random/random';

/** A question as a blind reader meets it: no video. */
export interface BlindItem {
  question: string;
  options: readonly string[];
  /** Index of the right option. */
  answer: number;
}

const EPOCHS = 30;
const RATE = 0.2;
const DECAY = 1e-4;

/**
 * What can be learned from texts alone: a conditional logit over the options of a question. Features of an option are its
 * whole text, its words and pairs of words, each also together with the question's text, its letter, and how its length
 * compares with the others'. Trained with Adagrad; deterministic.
 */
export class ChoiceModel {
  private readonly numbers = new Map<string, number>();
  private weights = new Float64Array(0);
  private squares = new Float64Array(0);

  train(items: readonly BlindItem[]): this {
    const random = new Random('choice-model');
    const prepared = items.map((item) => ({
      answer: item.answer,
      features: featuresOf(item).map((names) => names.map((name) => this.numberOf(name))),
    }));
    this.weights = new Float64Array(this.numbers.size);
    this.squares = new Float64Array(this.numbers.size).fill(1e-2);
    for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
      for (const { answer, features } of random.shuffled(prepared)) {
        const shares = softmax(features.map((numbers) => this.score(numbers)));
        features.forEach((numbers, option) => this.step(numbers, (option === answer ? 1 : 0) - (shares[option] ?? 0)));
      }
    }
    return this;
  }

  /** Index of the option that looks best; what was never met counts nothing. */
  choose(item: BlindItem): number {
    const scores = featuresOf(item).map((names) =>
      this.score(names.map((name) => this.numbers.get(name)).filter((number) => number !== undefined)),
    );
    return scores.indexOf(Math.max(...scores));
  }

  private numberOf(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) this.numbers.set(name, (number = this.numbers.size));
    return number;
  }

  private score(numbers: readonly number[]): number {
    let sum = 0;
    for (const number of numbers) sum += this.weights[number] as number;
    return sum;
  }

  private step(numbers: readonly number[], error: number): void {
    const { weights, squares } = this;
    for (const number of numbers) {
      const weight = weights[number] as number;
      const gradient = error - DECAY * weight;
      const square = (squares[number] as number) + gradient * gradient;
      squares[number] = square;
      weights[number] = weight + (RATE * gradient) / Math.sqrt(square);
    }
  }
}

/** Naive Bayes over whole option texts and letters: how often each was right where it was offered. */
export class FrequencyModel {
  private readonly counts = new Map<string, { right: number; offered: number }>();

  train(items: readonly BlindItem[]): this {
    for (const item of items) {
      item.options.forEach((text, i) => {
        for (const key of [`t:${text}`, `l:${i}`]) {
          const count = this.counts.get(key) ?? { right: 0, offered: 0 };
          this.counts.set(key, { right: count.right + (i === item.answer ? 1 : 0), offered: count.offered + 1 });
        }
      });
    }
    return this;
  }

  choose(item: BlindItem): number {
    // One right in four is the prior, worth four sightings.
    const odds = (key: string): number => {
      const { right, offered } = this.counts.get(key) ?? { right: 0, offered: 0 };
      const share = (right + 1) / (offered + 4);
      return Math.log(share / (1 - share));
    };
    const scores = item.options.map((text, i) => odds(`t:${text}`) + odds(`l:${i}`));
    return scores.indexOf(Math.max(...scores));
  }
}

function featuresOf({ question, options }: BlindItem): string[][] {
  const lengths = options.map((text) => text.length);
  const [longest, shortest] = [Math.max(...lengths), Math.min(...lengths)];
  return options.map((text, i) => {
    const words = text.toLowerCase().match(/[\p{L}\p{N}.]+/gu) ?? [];
    const pairs = words.slice(1).map((word, k) => `${words[k]} ${word}`);
    const texts = [text, ...words, ...pairs];
    return [
      ...texts.map((each) => `t:${each}`),
      ...texts.map((each) => `q:${question}|${each}`),
      `l:${i}`,
      `lq:${i}|${question}`,
      ...(text.length === longest ? ['longest'] : []),
      ...(text.length === shortest ? ['shortest'] : []),
    ];
  });
}

function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
