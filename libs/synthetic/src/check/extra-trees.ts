import { Random } from '../random/random';

interface Leaf {
  /** Share of each class. */
  shares: Float64Array;
}
interface Fork {
  feature: number;
  threshold: number;
  below: Node;
  above: Node;
}
type Node = Leaf | Fork;

export interface TreeOptions {
  trees?: number;
  /** Rows in a leaf at least. */
  minLeaf?: number;
}

/**
 * Extremely randomised trees (Geurts, Ernst and Wehenkel, 2006): each node takes the best of √features random cuts. Needs no
 * scaling and no tuning, so that two sets of features can be compared fairly. Deterministic.
 */
export class ExtraTrees {
  private readonly roots: Node[] = [];

  /**
   * @param rows (rows, features)
   * @param labels class of each row, 0 … classes − 1
   */
  constructor(
    private readonly rows: readonly Float32Array[],
    private readonly labels: readonly number[],
    private readonly classes: number,
    { trees = 200, minLeaf = 2 }: TreeOptions = {},
  ) {
    const random = new Random('extra-trees');
    const all = rows.map((_, i) => i);
    for (let i = 0; i < trees; i += 1) this.roots.push(this.grow(all, random, minLeaf));
  }

  /** Share of each class for one row, in sum 1. */
  predict(row: Float32Array): Float64Array {
    const sum = new Float64Array(this.classes);
    for (const root of this.roots) {
      let node = root;
      while ('feature' in node) node = (row[node.feature] as number) < node.threshold ? node.below : node.above;
      for (let i = 0; i < sum.length; i += 1)
        sum[i] = (sum[i] as number) + (node.shares[i] as number) / this.roots.length;
    }
    return sum;
  }

  private grow(members: readonly number[], random: Random, minLeaf: number): Node {
    const counts = this.count(members);
    if (members.length < 2 * minLeaf || counts.filter((count) => count > 0).length < 2) return leaf(counts);
    const features = this.rows[0]?.length ?? 0;
    const tries = Math.ceil(Math.sqrt(features));
    let best: { feature: number; threshold: number; impurity: number } | null = null;
    for (let i = 0; i < tries; i += 1) {
      const feature = random.integer(features);
      const cut = this.cut(members, feature, random);
      if (cut !== null && (best === null || cut.impurity < best.impurity)) best = { feature, ...cut };
    }
    if (best === null) return leaf(counts);
    const { feature, threshold } = best;
    const below = members.filter((i) => this.value(i, feature) < threshold);
    const above = members.filter((i) => this.value(i, feature) >= threshold);
    if (below.length < minLeaf || above.length < minLeaf) return leaf(counts);
    return { feature, threshold, below: this.grow(below, random, minLeaf), above: this.grow(above, random, minLeaf) };
  }

  /** A random threshold between the least and the greatest value; null where all are equal. */
  private cut(
    members: readonly number[],
    feature: number,
    random: Random,
  ): { threshold: number; impurity: number } | null {
    let [low, high] = [Infinity, -Infinity];
    for (const i of members) {
      const value = this.value(i, feature);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (!(low < high)) return null;
    const threshold = random.uniform(low, high);
    const [below, above] = [new Float64Array(this.classes), new Float64Array(this.classes)];
    for (const i of members) {
      const side = this.value(i, feature) < threshold ? below : above;
      const label = this.labels[i] as number;
      side[label] = (side[label] as number) + 1;
    }
    return { threshold, impurity: gini(below) + gini(above) };
  }

  private value(row: number, feature: number): number {
    return this.rows[row]?.[feature] as number;
  }

  private count(members: readonly number[]): Float64Array {
    const counts = new Float64Array(this.classes);
    for (const i of members) {
      const label = this.labels[i] as number;
      counts[label] = (counts[label] as number) + 1;
    }
    return counts;
  }
}

function leaf(counts: Float64Array): Leaf {
  const sum = counts.reduce((total, count) => total + count, 0);
  return { shares: counts.map((count) => count / sum) };
}

/** Gini impurity times the number of members. */
function gini(counts: Float64Array): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  return sum === 0 ? 0 : sum - counts.reduce((total, count) => total + count * count, 0) / sum;
}
