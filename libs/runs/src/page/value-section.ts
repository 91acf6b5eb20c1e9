import { html, type Markup } from '@srvau/page';
import type { NamedRun } from '../chart/charts-of-runs';
import { deltaText, valueText } from '../chart/numbers';
import { compareRuns, type MetricComparison } from '../compare/compare-runs';
import type { RunState } from '../read/read-run';
import type { Point } from '../series/summarize';

const STATE_STYLES: Readonly<Record<RunState, string>> = {
  ...{ running: 'good', finished: 'good', stopped: 'warn', interrupted: 'warn', failed: 'bad' },
};

/** A row a run: how it stands. */
export function overviewSection(runs: readonly NamedRun[]): Markup {
  const rows = runs.map(({ label, run }) => {
    const { record, state, metrics, checkpoints, events } = run;
    const best = events.findLast(({ kind }) => kind === 'best');
    return html`<tr>
      <td class="text">${label}</td>
      <td>${record.kind}</td>
      <td class="${STATE_STYLES[state]}">${state}</td>
      <td class="n">${metrics.lastStep ?? 0}</td>
      <td class="n">${checkpoints.at(-1)?.step ?? '–'}</td>
      <td class="text">${best === undefined ? '–' : `step ${best.step}: ${best.message}`}</td>
    </tr>`;
  });
  return html`<div class="scroll">
    <table>
      <tr>
        <th>run</th>
        <th>kind</th>
        <th>state</th>
        <th class="n">steps</th>
        <th class="n">last checkpoint</th>
        <th>best</th>
      </tr>
      ${rows}
    </table>
  </div>`;
}

/** Of each metric what it came to; of several runs side by side, with the distance to the first. */
export function valueSection(runs: readonly NamedRun[], names: readonly string[]): Markup | null {
  if (names.length === 0) return null;
  const shown = new Set(names);
  const compared = compareRuns(runs.map(({ run }) => run)).metrics.filter(({ metric }) => shown.has(metric));
  const [head, row] = runs.length === 1 ? [HEAD_OF_ONE, rowOfOne] : [headOfMany(runs), rowOfMany];
  return html`<h2>Values</h2>
    <p class="dim">recent: mean of the last tenth of the steps, at most 100</p>
    <div class="scroll">
      <table>
        ${head} ${compared.map(row)}
      </table>
    </div>`;
}

const HEAD_OF_ONE = html`<tr>
  <th>metric</th>
  <th class="n">last</th>
  <th class="n">recent</th>
  <th class="n">lowest</th>
  <th class="n">highest</th>
</tr>`;

function rowOfOne({ metric, summaries: [summary] }: MetricComparison): Markup {
  return html`<tr>
    <td class="text">${metric}</td>
    <td class="n">${number(summary?.last?.value)}</td>
    <td class="n">${number(summary?.recent ?? undefined)}</td>
    <td class="n">${pointText(summary?.min)}</td>
    <td class="n">${pointText(summary?.max)}</td>
  </tr>`;
}

function headOfMany(runs: readonly NamedRun[]): Markup {
  const cells = runs.map(({ label }, i) => {
    const delta = i === 0 ? null : html`<th class="n">Δ</th>`;
    return html`<th class="n text">${label}</th>
      ${delta}
      <th class="n">recent</th>
      <th class="n">best</th>`;
  });
  return html`<tr>
    <th>metric</th>
    ${cells}
  </tr>`;
}

function rowOfMany({ metric, summaries, deltas }: MetricComparison): Markup {
  const cells = summaries.map((summary, i) => {
    const delta = deltas[i] ?? null;
    return html`<td class="n">${number(summary?.last?.value)}</td>
      ${i === 0 ? null : html`<td class="n dim">${delta === null ? '–' : deltaText(delta)}</td>`}
      <td class="n">${number(summary?.recent ?? undefined)}</td>
      <td class="n">${pointText(summary?.best)}</td>`;
  });
  return html`<tr>
    <td class="text">${metric}</td>
    ${cells}
  </tr>`;
}

const number = (value: number | undefined): string => (value === undefined ? '–' : valueText(value));

const pointText = (point: Point | null | undefined): Markup | string =>
  point === null || point === undefined
    ? '–'
    : html`${valueText(point.value)} <span class="dim">at ${point.step.toLocaleString('en-US')}</span>`;
