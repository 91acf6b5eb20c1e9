/** Curves differ by colour, and by dashes where there are more of them than colours. */
const LIGHT = ['#2f6fb7', '#c4560a', '#2b8a3e', '#a8328f', '#0b7f86', '#8a6a00', '#c22f3d', '#6452cc'] as const;
const DARK = ['#7db2f0', '#f5a35c', '#6fce83', '#e98ad3', '#57ccd2', '#dcbb4a', '#ff8f8f', '#aca0ff'] as const;
const DASHES = ['none', '7 4', '2 3'] as const;

/** CSS classes of curve i. */
export const toneClass = (i: number): string =>
  `tone${i % LIGHT.length} dash${Math.floor(i / LIGHT.length) % DASHES.length}`;

const variables = (colours: readonly string[]): string =>
  colours.map((colour, i) => `--tone${i}: ${colour};`).join(' ');

/** For pages and pictures alike. */
export const PALETTE_STYLE = [
  `:root { color-scheme: light dark; --paper: #fff; --ink: #1d2430; --dim: #5b6573; --line: #d8dde4; --card: #f6f8fa;`,
  `  --bad: #b42318; --warn: #9a5b00; --good: #2b8a3e; ${variables(LIGHT)} }`,
  '@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e4e8ee; --dim: #98a3b3; --line: #333c48;',
  `  --card: #1a2029; --bad: #ff8a7a; --warn: #f0a73a; --good: #58c56f; ${variables(DARK)} } }`,
  ...LIGHT.map((_, i) => `.tone${i} { --tone: var(--tone${i}); }`),
  ...DASHES.map((dash, i) => `.dash${i} { --dash: ${dash}; }`),
].join('\n');

/** Of charts; wants the palette's. */
export const CHART_STYLE = `
.chart text { fill: var(--ink); font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
.chart .small { fill: var(--dim); font-size: 11px; } .chart .title { font-weight: 600; font-size: 13px; }
.chart .grid { stroke: var(--line); stroke-width: 1; } .chart .axis { stroke: var(--dim); stroke-width: 1; }
.chart .curve { fill: none; stroke: var(--tone); stroke-dasharray: var(--dash); stroke-width: 1.75; stroke-linejoin: round;
  stroke-linecap: round; }
.chart .raw { stroke-width: 1; opacity: .3; } .chart .warning { stroke: var(--warn); stroke-width: 1; stroke-dasharray: 3 3; }
.chart .hit { fill: transparent; } .chart .mark { visibility: hidden; pointer-events: none; }
.chart .at:hover .mark { visibility: visible; } .chart .rule { stroke: var(--dim); }
.chart .point { fill: var(--tone); stroke: var(--paper); stroke-width: 1.5; }
.chart .readout text { paint-order: stroke; stroke: var(--paper); stroke-width: 5px; stroke-linejoin: round; font-size: 11px; }
.chart .swatch { stroke: var(--tone); stroke-dasharray: var(--dash); stroke-width: 3; }
`;
