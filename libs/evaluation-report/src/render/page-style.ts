/** The page's whole style: no font, picture or sheet comes from elsewhere. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --dim: #59636e; --line: #d6dbe1; --ours: #eef5ff; --edge: #2f6feb; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171c; --ink: #e4e8ee; --dim: #97a1ad; --line: #333a44; --ours: #1a2638; --edge: #6ea0ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 24px 20px 80px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 24px; margin: 0 0 12px; overflow-wrap: anywhere; } h2 { margin: 36px 0 6px; font-size: 19px; }
p { margin: 4px 0; max-width: 90ch; color: var(--dim); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 18px; margin: 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: 10px 0; }
th, td { padding: 4px 14px 4px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  unicode-bidi: isolate; } th { color: var(--dim); font-weight: 600; white-space: nowrap; }
td.short { white-space: nowrap; } td.long { min-width: 12em; max-width: 34em; overflow-wrap: anywhere; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.ours { background: var(--ours); font-weight: 600; } tr.ours td:first-child { box-shadow: inset 3px 0 var(--edge); }
tr.published { color: var(--dim); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 8px 0; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace;
  unicode-bidi: isolate; }
`;
