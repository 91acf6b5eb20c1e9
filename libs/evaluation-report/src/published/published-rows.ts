import { type GroundingTableRow, type QaTableRow, VAU_EVAL_DIMENSIONS } from '@srvau/contracts';

type QaFigures = readonly [
  ...[withoutThink: number, withThink: number],
  ...[cls: number, km: number, flu: number, inf: number, fac: number, total: number],
];
type GroundingFigures = readonly [mIoU: number, r03: number, r05: number, r07: number];

// Figures as the paper prints them, in its order. Totals are the printed ones, also where the five marks add up to something else.

const TABLE_1_MSAD: readonly (readonly [model: string, ...QaFigures])[] = [
  ['InternVL2.5-2B', 76.67, 72.08, 6.84, 6.23, 8.55, 6.64, 6.64, 34.9],
  ['Qwen2.5-VL-7B', 84.58, 83.33, 6.75, 6.41, 9.27, 7.74, 6.92, 37.08],
  ['InternVL2.5-8B-MPO', 82.5, 84.17, 6.83, 6.33, 8.32, 6.37, 6.86, 34.72],
  ['Qwen2-VL-2B', 77.08, 72.5, 5.94, 5.43, 8.77, 6.29, 5.9, 32.25],
  ['Qwen2.5-VL-3B', 85.83, 82.5, 5.77, 5.24, 9.02, 6.74, 5.7, 32.47],
  ['HolmesVAU', 85, 86.25, 3.73, 2.72, 6.82, 3.55, 3.33, 20.15],
  ['VAU-R1', 88.33, 87.08, 5.97, 5.49, 9.05, 6.84, 6.03, 33.38],
  ['SRVAU-R1', 89.58, 91.25, 7.65, 6.98, 9.78, 7.08, 7.43, 38.3],
];

const TABLE_1_UCF: typeof TABLE_1_MSAD = [
  ['InternVL2.5-2B', 84.86, 68.13, 4.4, 3.08, 8.09, 5.69, 3.47, 24.74],
  ['Qwen2.5-VL-7B', 92.03, 89.64, 4.8, 3.73, 8.95, 7.05, 4.25, 28.78],
  ['InternVL2.5-8B-MPO', 89.64, 90.44, 3.79, 3.2, 8.23, 5.77, 3.48, 24.47],
  ['Qwen2-VL-2B', 87.25, 83.67, 3.47, 2.48, 7.75, 4.49, 2.82, 21.02],
  ['Qwen2.5-VL-3B', 91.63, 83.27, 4.31, 2.88, 8.7, 5.95, 3.27, 25.1],
  ['HolmesVAU', 86.45, 85.66, 3.05, 1.97, 6.3, 3.08, 2.39, 16.79],
  ['VAU-R1', 92.03, 91.63, 4.42, 2.98, 8.71, 5.89, 3.39, 25.49],
  ['SRVAU-R1', 92.82, 96.81, 7.22, 6.76, 9.16, 6.56, 6.96, 36.66],
];

const TABLE_7_ECVA: typeof TABLE_1_MSAD = [
  ['InternVL2.5-2B', 78.84, 58.84, 2.86, 2.78, 7.57, 4.62, 3.03, 20.86],
  ['Qwen2.5-VL-7B', 83.02, 86.98, 3.7, 3.67, 8.64, 6.4, 4.04, 26.45],
  ['InternVL2.5-8B-MPO', 90, 83.72, 3.4, 3.31, 7.87, 4.48, 3.47, 22.53],
  ['Qwen2-VL-2B', 86.98, 83.95, 2.41, 2.36, 7.81, 3.81, 2.57, 18.96],
  ['Qwen2.5-VL-3B', 85.58, 75.81, 2.21, 2.58, 8.33, 5.02, 2.75, 20.89],
  ['VAU-R1', 89.53, 86.51, 1.45, 2.24, 8.05, 4.32, 2.39, 18.45],
  ['SRVAU-R1', 90.18, 92.22, 2.86, 3.78, 8.96, 5.45, 3.05, 24.1],
];

// Its caption speaks of UCF-Crime, its rows and the text of ECVA.
const TABLE_2_MSAD: readonly (readonly [model: string, ...GroundingFigures])[] = [
  ['Qwen2-VL-2B', 0, 0, 0, 0],
  ['Qwen2.5-VL-7B', 17.57, 26.67, 11.67, 3.33],
  ['Qwen2.5-VL-3B', 11.05, 15.42, 5.35, 1.67],
  ['SRVAU-R1', 20.4, 30, 19.17, 8.33],
];

const TABLE_2_ECVA: typeof TABLE_2_MSAD = [
  ['Qwen2-VL-2B', 0.17, 0.3, 0, 0],
  ['Qwen2.5-VL-7B', 5.71, 7.96, 4.73, 2.99],
  ['Qwen2.5-VL-3B', 6.35, 7.21, 1.99, 0.5],
  ['SRVAU-R1', 44.42, 63.68, 42.29, 24.13],
];

/** Question answering and VAU-Eval: the paper's Tables 1 and 7. */
export const PUBLISHED_QA: readonly QaTableRow[] = [
  ...TABLE_1_MSAD.map((row) => qaRow('MSAD', 1, row)),
  ...TABLE_1_UCF.map((row) => qaRow('UCF-Crime', 1, row)),
  ...TABLE_7_ECVA.map((row) => qaRow('ECVA', 7, row)),
];

/** Temporal grounding: the paper's Table 2. */
export const PUBLISHED_GROUNDING: readonly GroundingTableRow[] = [
  ...TABLE_2_MSAD.map((row) => groundingRow('MSAD', row)),
  ...TABLE_2_ECVA.map((row) => groundingRow('ECVA', row)),
];

/** Five marks and their sum are rounded each for itself. */
const ROUNDING = 6 * 0.005 + 1e-9;

/** Whether a row's printed total cannot be the sum of its printed marks. */
export function isTotalOff({ vauEval, total }: QaTableRow): boolean {
  const sum = VAU_EVAL_DIMENSIONS.reduce((marks, dimension) => marks + (vauEval[dimension] ?? 0), 0);
  return total !== null && Math.abs(sum - total) > ROUNDING;
}

function qaRow(dataset: string, table: number, row: (typeof TABLE_1_MSAD)[number]): QaTableRow {
  const [model, withoutThink, withThink, cls, km, flu, inf, fac, total] = row;
  const origin = { kind: 'published', table } as const;
  return { dataset, model, origin, withoutThink, withThink, vauEval: { cls, km, flu, inf, fac }, total };
}

function groundingRow(dataset: string, row: (typeof TABLE_2_MSAD)[number]): GroundingTableRow {
  const [model, mIoU, r03, r05, r07] = row;
  const origin = { kind: 'published', table: 2 } as const;
  return { dataset, model, origin, mIoU, 'R@0.3': r03, 'R@0.5': r05, 'R@0.7': r07 };
}
