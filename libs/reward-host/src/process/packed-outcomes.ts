import type { ScoreOutcome } from '@srvau/reward-sdk';

/** Outcomes as columns, for the way between processes: a clone of objects costs by the field, its name each time. */
export interface PackedOutcomes {
  /** (rows) SCORED, ABSTAINED or FAILED. */
  readonly kinds: Uint8Array;
  /** (rows) of a score its value. */
  readonly values: Float64Array;
  /** Reasons and errors, each once. */
  readonly texts: readonly string[];
  /** (rows) of an abstention or a failure which of `texts`; of a score which of `shapes`, from 1; 0: it has no parts. */
  readonly which: Uint32Array;
  /** Names of parts, each combination once. */
  readonly shapes: readonly (readonly string[])[];
  /** Of all scores, one after the other. */
  readonly parts: Float64Array;
}

const SCORED = 0;
const ABSTAINED = 1;
const FAILED = 2;

export function packOutcomes(outcomes: readonly ScoreOutcome[]): PackedOutcomes {
  const kinds = new Uint8Array(outcomes.length);
  const values = new Float64Array(outcomes.length);
  const which = new Uint32Array(outcomes.length);
  const texts = new Numbering<string>();
  const shapes = new Numbering<readonly string[]>();
  const parts: number[] = [];
  let shape: readonly string[] | undefined;
  let number = 0;
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.kind === 'scored') {
      values[i] = outcome.value;
      if (outcome.parts === undefined) continue;
      const names = Object.keys(outcome.parts);
      // Nearly always those of the row before.
      if (!isSame(names, shape)) {
        shape = names;
        number = 1 + shapes.of(JSON.stringify(names), names);
      }
      which[i] = number;
      for (const name of names) parts.push(outcome.parts[name] ?? NaN);
    } else {
      const isFailed = outcome.kind === 'failed';
      const text = isFailed ? outcome.error : outcome.because;
      kinds[i] = isFailed ? FAILED : ABSTAINED;
      which[i] = texts.of(text, text);
    }
  }
  return { kinds, values, texts: texts.items, which, shapes: shapes.items, parts: Float64Array.from(parts) };
}

/** Equal outcomes, made anew. */
export function unpackOutcomes({ kinds, values, texts, which, shapes, parts }: PackedOutcomes): ScoreOutcome[] {
  const outcomes: ScoreOutcome[] = [];
  // Copied for each row: much faster than adding name by name, and a part that is called `__proto__` is one too.
  const blanks = shapes.map((names): Record<string, number> => Object.fromEntries(names.map((name) => [name, 0])));
  let part = 0;
  for (let i = 0; i < kinds.length; i++) {
    const number = which[i] ?? 0;
    if (kinds[i] !== SCORED) {
      const text = texts[number] ?? '';
      outcomes.push(kinds[i] === FAILED ? { kind: 'failed', error: text } : { kind: 'abstained', because: text });
      continue;
    }
    const value = values[i] ?? NaN;
    if (number === 0) {
      outcomes.push({ kind: 'scored', value });
      continue;
    }
    const named = { ...blanks[number - 1] };
    for (const name of shapes[number - 1] ?? []) named[name] = parts[part++] ?? NaN;
    outcomes.push({ kind: 'scored', value, parts: named });
  }
  return outcomes;
}

function isSame(names: readonly string[], others: readonly string[] | undefined): boolean {
  return names.length === others?.length && names.every((name, i) => name === others[i]);
}

/** Gives equal things equal numbers, from 0. */
class Numbering<T> {
  readonly items: T[] = [];
  private readonly numbers = new Map<string, number>();

  of(key: string, item: T): number {
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.items.push(item) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }
}
