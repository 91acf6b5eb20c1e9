import type { RolloutRow } from '@srvau/contracts';

export interface ChunkLimits {
  readonly maxBytes: number;
  readonly maxRows: number;
}

/** Rollouts of one request, and where they stand among all. */
export interface Chunk {
  readonly from: number;
  readonly rows: readonly RolloutRow[];
}

/**
 * Cuts rollouts into requests that a message takes. The rollouts of a group, which stand next to each other, stay
 * together; a group that is larger than the limits is a chunk by itself.
 */
export function cutIntoChunks(rows: readonly RolloutRow[], limits: ChunkLimits): Chunk[] {
  const chunks: Chunk[] = [];
  let open: { from: number; rows: RolloutRow[]; bytes: number } | undefined;
  for (const { from, rows: group } of groupsOf(rows)) {
    const bytes = group.reduce((sum, row) => sum + Buffer.byteLength(JSON.stringify(row)) + 1, 0);
    const fits = open && open.bytes + bytes <= limits.maxBytes && open.rows.length + group.length <= limits.maxRows;
    if (open && fits === true) {
      open.rows.push(...group);
      open.bytes += bytes;
    } else {
      open = { from, rows: [...group], bytes };
      chunks.push(open);
    }
  }
  return chunks.map(({ from, rows: own }) => ({ from, rows: own }));
}

/** Two chunks of about as many groups; none where there is one group only. */
export function halves({ from, rows }: Chunk): readonly [Chunk, Chunk] | undefined {
  const groups = groupsOf(rows);
  const middle = groups[Math.ceil(groups.length / 2)];
  if (middle === undefined) return undefined;
  return [
    { from, rows: rows.slice(0, middle.from) },
    { from: from + middle.from, rows: rows.slice(middle.from) },
  ];
}

function groupsOf(rows: readonly RolloutRow[]): Chunk[] {
  const groups: { from: number; rows: RolloutRow[] }[] = [];
  for (const [i, row] of rows.entries()) {
    const last = groups.at(-1);
    if (last?.rows[0]?.groupId === row.groupId) last.rows.push(row);
    else groups.push({ from: i, rows: [row] });
  }
  return groups;
}
