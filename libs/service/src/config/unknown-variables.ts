/** A variable that looks like ours and that nobody reads. */
export interface UnknownVariable {
  name: string;
  /** The known variable it was probably meant to be. */
  nearest?: string;
}

const PREFIX = 'SRVAU_';
/** Whose ends users choose: keys of model endpoints, by name. */
const FAMILIES = ['SRVAU_OPENAI_API_KEY_'];

/** Variables beginning with `SRVAU_` that are neither in `known` nor of a family. */
export function unknownVariables(env: NodeJS.ProcessEnv, known: ReadonlySet<string>): UnknownVariable[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !FAMILIES.some((start) => name.startsWith(start)))
    .sort()
    .map((name) => {
      const nearest = nearestName(name, known);
      return nearest === undefined ? { name } : { name, nearest };
    });
}

/** A typo changes little: at most one letter in four of what follows the prefix. */
function nearestName(name: string, known: ReadonlySet<string>): string | undefined {
  const word = name.slice(PREFIX.length);
  // A name longer than any known one by more than the tolerance cannot be near; do not compute on hostile lengths.
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const other = candidate.slice(PREFIX.length);
    const most = Math.max(1, Math.floor(other.length / 4));
    if (Math.abs(word.length - other.length) > most) continue;
    const distance = editDistance(word, other);
    if (distance <= most && (best === undefined || distance < best.distance)) best = { name: candidate, distance };
  }
  return best?.name;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(older, j - 2) + 1);
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
