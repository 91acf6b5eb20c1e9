/** A metric's value for people: four digits that matter, no more. `0.4312`, `1,024`, `2e-5`, `NaN`. */
export function valueText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return Number(value.toPrecision(3)).toExponential();
  if (size >= 1e4) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(4)));
}

/** With its sign: `+0.12`. */
export const deltaText = (delta: number): string => (delta > 0 ? `+${valueText(delta)}` : valueText(delta));

/** A setting of a configuration: text as it is, everything else as JSON, small numbers as 2e-5; a dash for none. */
export function settingText(value: unknown): string {
  if (value === undefined) return '–';
  if (typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-3) return value.toExponential();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
