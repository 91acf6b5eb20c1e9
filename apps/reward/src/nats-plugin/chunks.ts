/** Rollouts that share a message, or one (of one group) that is too large for any. */
export interface Chunk {
  /** Rows of the batch, in its order. */
  rows: number[];
  bytes: number;
}

/**
 * Divides a batch among messages of at most `limit` bytes each.
 *
 * @param sizes bytes of each row
 * @param unitOf rows with the same unit, which stand next to each other, stay together: groups, or each row by itself
 */
export function chunksOf(sizes: readonly number[], unitOf: (row: number) => unknown, limit: number): Chunk[] {
  const chunks: Chunk[] = [];
  let chunk: Chunk = { rows: [], bytes: 0 };
  for (const unit of unitsOf(sizes, unitOf)) {
    if (chunk.rows.length > 0 && chunk.bytes + unit.bytes > limit) {
      chunks.push(chunk);
      chunk = { rows: [], bytes: 0 };
    }
    chunk.rows.push(...unit.rows);
    chunk.bytes += unit.bytes;
  }
  if (chunk.rows.length > 0) chunks.push(chunk);
  return chunks;
}

function unitsOf(sizes: readonly number[], unitOf: (row: number) => unknown): Chunk[] {
  const units: Chunk[] = [];
  let last: unknown;
  for (const [row, bytes] of sizes.entries()) {
    const unit = unitOf(row);
    const current = units.at(-1);
    if (current === undefined || unit !== last) units.push({ rows: [row], bytes });
    else {
      current.rows.push(row);
      current.bytes += bytes;
    }
    last = unit;
  }
  return units;
}
