import { createHash } from 'node:crypto';
import {
  type DatasetRow,
  REFLECT_SPLITS,
  type ReflectSplit,
  type SplitRule,
  type SplitShares,
  SrvauError,
} from '@srvau/contracts';

export const DEFAULT_SPLIT_RULE: SplitRule = { by: 'rows', shares: { train: 0.8, val: 0.1, test: 0.1 }, salt: 'srvau' };

type VideoOfRow = Pick<DatasetRow, 'video' | 'videoKey' | 'split'>;

/** A video under all the names that it has; one that was merged into another has that one as `parent`. */
interface Group {
  parent?: Group;
  /** The least of its names: what its hash is taken of, as keys of frames change with the sampling. */
  name: string;
  split: ReflectSplit | null;
}

/** Of a video that the parent dataset has in two splits: what is held out stays so. */
const RANK: Readonly<Record<ReflectSplit, number>> = { train: 0, val: 1, test: 2 };

/**
 * Deals the videos of a dataset out to splits, whole: all rows of a video, and of its copies under other names (which
 * share the key of their frames), are in one split. It depends on nothing but the rows and the rule, and a video's split by
 * hash not even on the other rows.
 *
 * @returns the split of a video, by its name.
 * @throws SrvauError INVALID_REQUEST: shares that are negative, not finite or do not add up to 1.
 */
export function planSplits(rows: Iterable<VideoOfRow>, rule: SplitRule): (video: string) => ReflectSplit {
  checkShares(rule.shares);
  const byName = new Map<string, Group>();
  const byKey = new Map<string, Group>();
  for (const { video, videoKey, split } of rows) {
    const group = rootOf(byName.get(video) ?? { name: video, split: null });
    byName.set(video, group);
    const same = videoKey === null ? undefined : byKey.get(videoKey);
    if (videoKey !== null) byKey.set(videoKey, group);
    if (same !== undefined) mergeInto(group, rootOf(same));
    if (rule.by === 'rows' && split !== 'unknown') group.split = heldOut(group.split, split);
  }
  return (video) => {
    const group = byName.get(video);
    if (group === undefined) return splitOfName(video, rule);
    const { name, split } = rootOf(group);
    return split ?? splitOfName(name, rule);
  };
}

function rootOf(group: Group): Group {
  let root = group;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

function mergeInto(root: Group, other: Group): void {
  if (other === root) return;
  if (other.name < root.name) root.name = other.name;
  if (other.split !== null) root.split = heldOut(root.split, other.split);
  other.parent = root;
}

/** The split of a name by hash: the same for equal names, shares and salt, on every machine. */
export function splitOfName(name: string, { shares, salt }: Pick<SplitRule, 'shares' | 'salt'>): ReflectSplit {
  // 48 bits of the digest as a number in [0, 1).
  const digest = createHash('sha256').update(`${salt}\0${name}`).digest();
  const at = digest.readUIntBE(0, 6) / 2 ** 48;
  let below = 0;
  for (const split of REFLECT_SPLITS) {
    below += shares[split];
    if (at < below) return split;
  }
  // Shares may add up to a little less than 1.
  return REFLECT_SPLITS.findLast((split) => shares[split] > 0) ?? 'train';
}

const heldOut = (a: ReflectSplit | null, b: ReflectSplit): ReflectSplit => (a !== null && RANK[a] > RANK[b] ? a : b);

function checkShares(shares: SplitShares): void {
  const values = REFLECT_SPLITS.map((split) => shares[split]);
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-9) return;
  const expected = 'three shares from 0 to 1 that add up to 1';
  throw SrvauError.mismatch('INVALID_REQUEST', 'split shares', expected, values.join(', '));
}
