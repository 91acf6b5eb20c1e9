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
  private readonly features: number;
  /** Of one feature after the other: what a cut reads lies together. */
  private readonly columns: readonly Float32Array[];
  private readonly labels: Uint16Array;
  /** Members of each class on either side of the cut that is tried. */
  private readonly below: Float64Array;
  private readonly above: Float64Array;

  /**
   * @param rows (rows, features)
   * @param labels class of each row, 0 … classes − 1
   */
  constructor(
    rows: readonly Float32Array[],
    labels: readonly number[],
    private readonly classes: number,
    { trees = 200, minLeaf = 2 }: TreeOptions = {},
  ) {
    this.features = rows[0]?.length ?? 0;
    this.columns = Array.from({ length: this.features }, (_, feature) =>
      Float32Array.from(rows, (row) => row[feature] as number),
    );
    this.labels = Uint16Array.from(labels);
    this.below = new Float64Array(classes);
    this.above = new Float64Array(classes);
    const random = new Random('extra-trees');
    for (let i = 0; i < trees; i += 1) this.roots.push(this.grow(Uint32Array.from(rows.keys()), random, minLeaf));
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

  private grow(members: Uint32Array, random: Random, minLeaf: number): Node {
    const counts = this.count(members);
    if (members.length < 2 * minLeaf || counts.filter((count) => count > 0).length < 2) return leaf(counts);
    const tries = Math.ceil(Math.sqrt(this.features));
    let best: { feature: number; threshold: number; impurity: number } | null = null;
    for (let i = 0; i < tries; i += 1) {
      const feature = random.integer(this.features);
      const cut = this.cut(members, feature, random);
      if (cut !== null && (best === null || cut.impurity < best.impurity)) best = { feature, ...cut };
    }
    if (best === null) return leaf(counts);
    const { feature, threshold } = best;
    const column = this.columns[feature] as Float32Array;
    const isBelow = (i: number): boolean => (column[i] as number) < threshold;
    const [below, above] = [members.filter(isBelow), members.filter((i) => !isBelow(i))];
    if (below.length < minLeaf || above.length < minLeaf) return leaf(counts);
    return { feature, threshold, below: this.grow(below, random, minLeaf), above: this.grow(above, random, minLeaf) };
  }

  /** A random threshold between the least and the greatest value; null where all are equal. */
  private cut(members: Uint32Array, feature: number, random: Random): { threshold: number; impurity: number } | null {
    const { labels, below, above } = this;
    const column = this.columns[feature] as Float32Array;
    let [low, high] = [Infinity, -Infinity];
    for (let k = 0; k < members.length; k += 1) {
      const value = column[members[k] as number] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!(low < high)) return null;
    const threshold = random.uniform(low, high);
    below.fill(0);
    above.fill(0);
    for (let k = 0; k < members.length; k += 1) {
      const i = members[k] as number;
      const side = (column[i] as number) < threshold ? below : above;
      const label = labels[i] as number;
      side[label] = (side[label] as number) + 1;
    }
    return { threshold, impurity: gini(below) + gini(above) };
  }

  private count(members: Uint32Array): Float64Array {
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
  let [sum, squares] = [0, 0];
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts[i] as number;
    sum += count;
    squares += count * count;
  }
  return sum === 0 ? 0 : sum - squares / sum;
}
