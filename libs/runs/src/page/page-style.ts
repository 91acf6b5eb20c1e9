import { CHART_STYLE, PALETTE_STYLE } from '../chart/palette';

/** The page's whole style: no font, picture or sheet comes from elsewhere. */
export const PAGE_STYLE = `${PALETTE_STYLE}${CHART_STYLE}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px 20px 80px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { margin: 36px 0 8px; font-size: 19px; }
h3 { margin: 0 0 4px; font-size: 15px; overflow-wrap: anywhere; }
.dim { color: var(--dim); } .bad { color: var(--bad); } .warn { color: var(--warn); } .good { color: var(--good); }
.text { unicode-bidi: isolate; overflow-wrap: anywhere; }
.charts { display: flex; flex-wrap: wrap; gap: 12px 32px; } .charts > * { max-width: 100%; height: auto; }
.legend { position: sticky; top: 0; z-index: 1; background: var(--paper); border-bottom: 1px solid var(--line); padding: 8px 0;
  display: flex; flex-wrap: wrap; gap: 2px 24px; }
.legend svg { width: 28px; height: 8px; margin-right: 6px; vertical-align: middle; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: 8px 0; }
th, td { padding: 3px 14px 3px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; } td.text { min-width: 7em; overflow-wrap: anywhere; } td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.name { white-space: nowrap; } .notes { border-left: 3px solid var(--warn); padding: 2px 0 2px 14px; margin: 12px 0; }
.sample { border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; margin: 14px 0; background: var(--card); }
.badges span { display: inline-block; max-width: 100%; border: 1px solid var(--line); border-radius: 10px; padding: 0 8px;
  margin: 4px 6px 4px 0; font-size: 12px; color: var(--dim); overflow-wrap: anywhere; }
details { margin: 6px 0; } summary { cursor: pointer; color: var(--dim); } summary h2 { display: inline; color: var(--ink); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace;
  unicode-bidi: isolate; }
`;
