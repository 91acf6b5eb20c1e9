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

  /** @throws SrvauError UNPROCESSABLE for no references, an id that stands twice, or more than 1,000 classes */
  constructor(rows: readonly ReferenceRow[], rules: GroundingRules) {
    if (rows.length === 0) throw SrvauError.mismatch('UNPROCESSABLE', 'references', 'at least one reference', 'none');
    this.rows = rows;
    this.takesPart = new Uint8Array(rows.length);
    const classes = new Set<string>();
    for (const [index, row] of rows.entries()) {
      if (this.byId.has(row.id)) throw twice(row.id, index);
      this.byId.set(row.id, index);
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
    return this.byId.get(id);
  }
}

/** Two truths for one id: any choice would be a guess. */
function twice(id: string, index: number): SrvauError {
  const where = `references: row ${index + 1}: id`;
  return SrvauError.mismatch('UNPROCESSABLE', where, 'ids that differ from each other', `${describe(id)} once more`);
}
