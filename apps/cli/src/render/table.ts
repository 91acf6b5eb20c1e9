import Table from 'cli-table3';
import type { Colors } from '../terminal';

export interface TableOptions {
  head?: readonly string[];
  /** Numbers of the columns whose cells stand at the right. */
  right?: readonly number[];
  indent?: number;
}

const NO_BORDERS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Columns without borders, easy on the eye and on `awk`. */
export function table(rows: readonly (readonly string[])[], colors: Colors, options: TableOptions = {}): string {
  const { head = [], right = [], indent = 0 } = options;
  const columns = Math.max(head.length, ...rows.map((row) => row.length), 0);
  const made = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: head.map((title) => colors.dim(title)),
    colAligns: Array.from({ length: columns }, (_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd())
    .join('\n');
}
