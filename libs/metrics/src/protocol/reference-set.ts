import { describe, type ReferenceRow, SrvauError } from '@srvau/contracts';
import { IdsByReason } from '../measures/names';
import { type GroundingRules } from './protocols';

/** More would make an answer that nobody could read or send. */
const MAX_CLASSES = 1_000;

/** What a reference takes part in, as one byte: the figures are counted from these, without a look at the rows. */
export const NO_PART = 0;
export const QA = 1;
/** Of grounding, videos that are scored by what is said of them. */
export const TAG_NORMAL = 2;
/** Those that are scored by their spans. */
export const TAG_ANOMALOUS = 3;

/** References by id, and what each takes part in. */
export class ReferenceSet {
  readonly rows: readonly ReferenceRow[];
  /** One of the above for each row. */
  readonly parts: Uint8Array;
  /** In the order in which they come. */
  readonly classes: readonly string[];
  /** For each row the index of its class, −1 without one. */
  readonly classOf: Int32Array;
  readonly skipped = new IdsByReason();
  readonly skippedCount = { qa: 0, tag: 0 };
  private readonly byId = new Map<string, number>();
  /** The row after the last one that was asked for. */
  private expected = 0;

  /** @throws SrvauError UNPROCESSABLE for no references, an id that stands twice, or more than 1,000 classes */
  constructor(rows: readonly ReferenceRow[], rules: GroundingRules) {
    if (rows.length === 0) throw SrvauError.mismatch('UNPROCESSABLE', 'references', 'at least one reference', 'none');
    this.rows = rows;
    this.parts = new Uint8Array(rows.length);
    this.classOf = new Int32Array(rows.length).fill(-1);
    const classes = new Map<string, number>();
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] as ReferenceRow;
      this.byId.set(row.id, index);
      // One look into the map instead of two, as hashing the ids takes most of the time here.
      if (this.byId.size === index) throw twice(row.id, index);
      if (row.anomalyClass !== undefined) this.classOf[index] = numberOf(row.anomalyClass, classes);
      const skip = row.task === 'qa' ? (row.label === undefined ? 'no-label' : undefined) : rules.skip(row);
      if (skip === undefined) {
        this.parts[index] = row.task === 'qa' ? QA : rules.isNormal(row) ? TAG_NORMAL : TAG_ANOMALOUS;
      } else {
        this.skippedCount[row.task] += 1;
        this.skipped.add(`${row.task}:${skip}`, row.id);
      }
    }
    if (classes.size > MAX_CLASSES) {
      const expected = `at most ${MAX_CLASSES} classes`;
      throw SrvauError.mismatch('UNPROCESSABLE', 'anomalyClass of the references', expected, String(classes.size));
    }
    this.classes = [...classes.keys()];
  }

  indexOf(id: string): number | undefined {
    // Predictions mostly come in the order of their references: then there is nothing to look up.
    const index = this.rows[this.expected]?.id === id ? this.expected : this.byId.get(id);
    if (index !== undefined) this.expected = index + 1;
    return index;
  }
}

/** Of a class, as it comes up: 0, 1, 2 … */
function numberOf(name: string, classes: Map<string, number>): number {
  const known = classes.get(name);
  if (known === undefined) classes.set(name, classes.size);
  return known ?? classes.size - 1;
}

/** Two truths for one id: any choice would be a guess. */
function twice(id: string, index: number): SrvauError {
  const where = `references: row ${index + 1}: id`;
  return SrvauError.mismatch('UNPROCESSABLE', where, 'ids that differ from each other', `${describe(id)} once more`);
}
