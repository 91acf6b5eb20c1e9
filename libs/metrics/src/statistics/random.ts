// Looking these up is slow where globals belong to a sandbox, as in the tests.
const { floor, imul } = Math;

const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

/**
 * Numbers that follow from a seed: xoshiro128** (Blackman and Vigna), 2^128 − 1 draws long, its state filled from the seed by
 * splitmix32. The same on every machine, as it is made of 32-bit integer operations only.
 */
export class Random {
  private readonly state = new Int32Array(4);

  /** @param seed whole number from 0 to 2^32 − 1 */
  constructor(seed: number) {
    let word = seed | 0;
    for (let i = 0; i < 4; i += 1) {
      word = (word + 0x9e3779b9) | 0;
      let mixed = imul(word ^ (word >>> 16), 0x21f0aaad);
      mixed = imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      this.state[i] = mixed ^ (mixed >>> 15);
    }
  }

  /** 32 bits, as a whole number from 0 to 2^32 − 1. */
  bits(): number {
    const { state } = this;
    const a = state[0] as number;
    const b = state[1] as number;
    const c = state[2] as number;
    const d = state[3] as number;
    const scrambled = imul(b, 5);
    const result = imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const third = c ^ a;
    const fourth = d ^ b;
    state[0] = a ^ fourth;
    state[1] = b ^ third;
    state[2] = third ^ (b << 9);
    state[3] = (fourth << 11) | (fourth >>> 21);
    return result;
  }

  /** A number in (0, 1), of 53 bits; never 0, so that its logarithm is finite. */
  uniform(): number {
    const high = this.bits() >>> 6;
    const low = this.bits() >>> 5;
    return (high * 2 ** 27 + low + 0.5) / TWO_53;
  }

  /**
   * Sum of so many of the values, drawn with replacement: `below` again and again, with the state in registers, as a bootstrap
   * does little else.
   */
  sumOfDraws(values: Float64Array, draws: number): number {
    const { state } = this;
    const scale = values.length / TWO_32;
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    let d = state[3] as number;
    let sum = 0;
    for (let i = 0; i < draws; i += 1) {
      const scrambled = imul(b, 5);
      const bits = imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
      // `floor` of what is below 2^32, in one instruction less.
      sum += values[(bits * scale) >>> 0] as number;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
    return sum;
  }

  /**
   * A whole number from 0 to `count` − 1. Each is as likely as the others up to count / 2^32, which nothing of what is made
   * of a thousand resamples could show.
   */
  below(count: number): number {
    return floor(this.bits() * (count / TWO_32));
  }
}
