/** The page's whole style: no font, picture or sheet comes from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2430; --dim: #5b6573; --line: #d8dde4; --card: #f6f8fa;
  --bar: #3b6fb6; --truth: #2b8a3e; --initial: #c77700; --final: #3b6fb6;
  --think1: #fff3d6; --answer1: #ffe0b0; --reflection: #f3e3fa; --think2: #e2f2e6; --answer2: #bfe6c9; --wrong: #b42318; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e4e8ee; --dim: #98a3b3; --line: #333c48;
  --card: #1a2029; --bar: #6ea3e8; --truth: #58c56f; --initial: #f0a73a; --final: #6ea3e8;
  --think1: #3a3018; --answer1: #57420f; --reflection: #38254a; --think2: #1c3524; --answer2: #245034; --wrong: #ff8a7a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px 20px 80px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { margin: 36px 0 8px; font-size: 19px; }
h3 { margin: 0; font-size: 15px; overflow-wrap: anywhere; }
.dim, .none, figcaption { color: var(--dim); } .wrong { color: var(--wrong); } .right { color: var(--truth); }
.figures { display: flex; flex-wrap: wrap; gap: 12px 32px; align-items: flex-start; }
.figures > * { max-width: 100%; overflow-x: auto; }
figure { margin: 8px 0; } figcaption { font-weight: 600; margin-bottom: 4px; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; } svg text.small { fill: var(--dim); font-size: 11px; }
.bar { fill: var(--bar); } .series0 { fill: var(--bar); } .series1 { fill: var(--initial); } .series2 { fill: var(--truth); }
.tick { stroke: var(--line); } .span-truth { fill: var(--truth); } .span-initial { fill: var(--initial); } .span-final { fill: var(--final); }
table { border-collapse: collapse; margin: 8px 0; } th, td { padding: 3px 12px 3px 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } td.n, th.n { text-align: right; white-space: nowrap; } td.text { min-width: 7em; }
.scroll { overflow-x: auto; }
.words { line-height: 1.9; } .words span { margin-right: 10px; }
.w1 { font-size: 13px; color: var(--dim); } .w2 { font-size: 16px; } .w3 { font-size: 20px; } .w4 { font-size: 25px; }
.w5 { font-size: 31px; font-weight: 600; }
.filters { position: sticky; top: 0; background: var(--paper); padding: 8px 0; border-bottom: 1px solid var(--line);
  display: flex; flex-wrap: wrap; gap: 4px 24px; z-index: 1; }
.filters fieldset { border: 0; margin: 0; padding: 0; display: flex; gap: 8px; } .filters legend { float: left; margin-right: 8px;
  color: var(--dim); } .filters label { cursor: pointer; }
.sample { border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; margin: 16px 0; background: var(--card); }
.badges span { display: inline-block; max-width: 100%; border: 1px solid var(--line); border-radius: 10px; padding: 0 8px; margin: 4px 6px 4px 0;
  font-size: 12px; color: var(--dim); }
.frames { display: flex; gap: 6px; overflow-x: auto; margin: 8px 0; } .frames figure { margin: 0; flex: none; }
.frames img { display: block; height: 108px; width: auto; max-width: 240px; border-radius: 4px; border: 3px solid transparent; }
.frames .inside img { border-color: var(--truth); } .frames figcaption { font-weight: 400; font-size: 11px; text-align: center; }
ol.options { list-style: none; padding: 0; margin: 4px 0 8px; } .text { unicode-bidi: isolate; overflow-wrap: anywhere; }
.segment { padding: 6px 10px; border-radius: 6px; margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.segment b { display: block; font-size: 11px; font-weight: 600; color: var(--dim); letter-spacing: .03em; }
.think1 { background: var(--think1); } .answer1 { background: var(--answer1); } .reflection { background: var(--reflection); }
.think2 { background: var(--think2); } .answer2 { background: var(--answer2); }
details { margin: 6px 0; } summary { cursor: pointer; color: var(--dim); } pre { white-space: pre-wrap; overflow-wrap: anywhere;
  margin: 4px 0; font-size: 12px; unicode-bidi: isolate; }
`;

/** What hides samples: a rule for each choice, so that the page needs no script. */
export function filterRules(filters: readonly { name: string; values: readonly string[] }[]): string {
  return filters
    .flatMap(({ name, values }) =>
      values.map((value) => `body:has(#${name}-${value}:checked) .sample:not(.${name}-${value}) { display: none; }\n`),
    )
    .join('');
}
