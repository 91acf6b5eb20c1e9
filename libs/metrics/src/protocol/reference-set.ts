import { describe, type ReferenceRow, SrvauError } from '@srvau/contracts';
import { IdsByReason } from '../measures/names';
import { type GroundingRules } from './protocols';

/** More would make an answer that nobody could read or send. */
const MAX_CLASSES = 1_000;

/** References by id, and which of them take part. */
export class ReferenceSet {
  readonly rows: readonly ReferenceRow[];
  /** For each row 1 where it takes part. */
  readonly takesPart: Uint8Array;
  readonly skipped = new IdsByReason();
  readonly skippedCount = { qa: 0, tag: 0 };
  readonly classes: readonly string[];
  private readonly byId = new Map<string, number>();
  /** The row after the last one that was asked for. */
  private expected = 0;

  /** @throws SrvauError UNPROCESSABLE for no references, an id that stands twice, or more than 1,000 classes */
  constructor(rows: readonly ReferenceRow[], rules: GroundingRules) {
    if (rows.length === 0) throw SrvauError.mismatch('UNPROCESSABLE', 'references', 'at least one reference', 'none');
    this.rows = rows;
    this.takesPart = new Uint8Array(rows.length);
    const classes = new Set<string>();
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] as ReferenceRow;
      this.byId.set(row.id, index);
      // One look into the map instead of two, as hashing the ids takes most of the time here.
      if (this.byId.size === index) throw twice(row.id, index);
      if (row.anomalyClass !== undefined) classes.add(row.anomalyClass);
      const skip = row.task === 'qa' ? (row.label === undefined ? 'no-label' : undefined) : rules.skip(row);
      if (skip === undefined) {
        this.takesPart[index] = 1;
      } else {
        this.skippedCount[row.task] += 1;
        this.skipped.add(`${row.task}:${skip}`, row.id);
      }
    }
    if (classes.size > MAX_CLASSES) {
      const expected = `at most ${MAX_CLASSES} classes`;
      throw SrvauError.mismatch('UNPROCESSABLE', 'anomalyClass of the references', expected, String(classes.size));
    }
    this.classes = [...classes].sort((a, b) => (a < b ? -1 : 1));
  }

  indexOf(id: string): number | undefined {
    // Predictions mostly come in the order of their references: then there is nothing to look up.
    const index = this.rows[this.expected]?.id === id ? this.expected : this.byId.get(id);
    if (index !== undefined) this.expected = index + 1;
    return index;
  }
}

/** Two truths for one id: any choice would be a guess. */
function twice(id: string, index: number): SrvauError {
  const where = `references: row ${index + 1}: id`;
  return SrvauError.mismatch('UNPROCESSABLE', where, 'ids that differ from each other', `${describe(id)} once more`);
}
