/** A report as people read it, before it becomes Markdown or HTML: both say the same, word for word. */
export interface ReportDocument {
  title: string;
  /** Names and what they stand for. */
  facts: readonly Fact[];
  sections: readonly Section[];
}

export interface Fact {
  name: string;
  value: string;
}

export interface Section {
  title: string;
  /** Paragraphs above the table. */
  notes: readonly string[];
  table?: Table;
  /** Lines of text as they stand. */
  lines?: readonly string[];
  /** Not what most readers come for. */
  isDetail?: boolean;
}

export interface Table {
  columns: readonly Column[];
  rows: readonly Row[];
}

export interface Column {
  title: string;
  /** Numbers stand to the right. */
  numeric: boolean;
}

export interface Row {
  cells: readonly string[];
  /** Figures of others, set apart from ours. */
  published?: boolean;
}

export const texts = (...titles: readonly string[]): Column[] => titles.map((title) => ({ title, numeric: false }));
export const numbers = (...titles: readonly string[]): Column[] => titles.map((title) => ({ title, numeric: true }));
