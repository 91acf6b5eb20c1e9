/** What one bench measured. Ratios are taken against a peer or a limit in the same run. */
export interface BenchReport {
  name: string;
  rows: {
    name: string;
    value: number;
    unit: string;
    /** The peer's value in the same unit. */
    peer?: number;
    ratio?: number;
    /** What was aimed at, in words. */
    target?: string;
    /** Absent where there is no target, or where what it is held against was not measured. */
    ok?: boolean;
  }[];
  /** What a reader must know to judge the numbers. */
  notes?: string[];
}
