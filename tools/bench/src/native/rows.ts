import { type BenchReport } from '../report';

type Row = BenchReport['rows'][number];

interface Comparison {
  readonly name: string;
  readonly ours: number;
  /** Absent where the peer was not run. */
  readonly peer: number | undefined;
}

/** How many times faster ours is. Values in seconds, shown in milliseconds. */
export function timeRow({ name, ours, peer }: Comparison, atLeast?: number): Row {
  return row({ name, ours: ours * 1000, peer: peer && peer * 1000 }, 'ms', peer && peer / ours, '≥', atLeast);
}

/** How many times more ours does in the same time. */
export function rateRow(comparison: Comparison, unit: string, atLeast?: number): Row {
  return row(comparison, unit, comparison.peer && comparison.ours / comparison.peer, '≥', atLeast);
}

/** What part of the peer's ours needs. Values in bytes, shown in GiB. */
export function memoryRow({ name, ours, peer }: Comparison, atMost: number): Row {
  return row({ name, ours: ours / 2 ** 30, peer: peer && peer / 2 ** 30 }, 'GiB', peer && ours / peer, '≤', atMost);
}

function row(
  { name, ours, peer }: Comparison,
  unit: string,
  ratio: number | undefined,
  sign: '≥' | '≤',
  limit?: number,
): Row {
  return {
    name,
    value: ours,
    unit,
    ...(peer === undefined || ratio === undefined ? {} : { peer, ratio }),
    ...(limit === undefined ? {} : { target: `${sign} ${limit}` }),
    ...(limit === undefined || ratio === undefined ? {} : { ok: sign === '≥' ? ratio >= limit : ratio <= limit }),
  };
}
