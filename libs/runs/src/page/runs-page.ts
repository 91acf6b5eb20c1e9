import { basename } from 'node:path';
import { html, type Markup, standalonePage } from '@srvau/page';
import { chartsOfRuns, metricNames, type NamedRun } from '../chart/charts-of-runs';
import { lineChart } from '../chart/line-chart';
import { toneClass } from '../chart/palette';
import type { LastSamples } from '../read/read-samples';
import { byArea, metricFilter } from '../series/metric-names';
import { configSection } from './config-section';
import { eventSection, noticeSection } from './event-section';
import { PAGE_STYLE } from './page-style';
import { samplesSection } from './samples-section';
import { overviewSection, valueSection } from './value-section';

export interface RunsPage {
  readonly runs: readonly NamedRun[];
  /** Patterns of what is drawn; all without one. */
  readonly metrics: readonly string[];
  /** Weight of what was before, 0 for none. */
  readonly smooth: number;
  /** Of each run, null where there are none. */
  readonly samples: readonly (LastSamples | null)[];
}

const AREA_NAMES: Readonly<Record<string, string>> = { '': 'Training', val: 'Validation' };

const areaName = (area: string): string => AREA_NAMES[area] ?? area.slice(0, 1).toUpperCase() + area.slice(1);

/** One page about some runs: curves by area, what differs, events, transcripts. It needs no script and fetches nothing. */
export function runsPage({ runs, metrics, smooth, samples }: RunsPage): string {
  const names = metricNames(runs.map(({ run }) => run)).filter(metricFilter(metrics));
  const areas = byArea(names).map(({ area, metrics: ofArea }) => {
    const charts = chartsOfRuns(runs, ofArea, smooth).map((chart) => lineChart(chart));
    return html`<h2>${areaName(area)}</h2>
      <div class="charts">${charts}</div>`;
  });
  const title = runs.map(({ label }) => label).join(', ');
  const body = html`<h1 class="text">${title}</h1>
    <p class="dim">${subtitle(runs)}</p>
    ${overviewSection(runs)} ${noticeSection(runs)} ${runs.length > 1 ? legend(runs) : null}
    ${smooth === 0 ? null : html`<p class="dim">Smoothed with ${smooth}; the values themselves are faint.</p>`}
    ${names.length === 0 ? html`<p class="dim">No metrics yet.</p>` : areas} ${valueSection(runs, names)}
    ${configSection(runs)} ${runs.map(eventSection)}
    ${runs.map((run, i) => samplesSection(run, samples[i] ?? null, runs.length))}`;
  return standalonePage({ title, style: PAGE_STYLE, body });
}

function subtitle(runs: readonly NamedRun[]): string {
  const [only] = runs;
  if (runs.length !== 1 || only === undefined) return `${runs.length} training runs`;
  const { record, dir } = only.run;
  return `${record.kind} in ${basename(dir)} · begun ${record.createdAt} · seed ${record.seed}`;
}

function legend(runs: readonly NamedRun[]): Markup {
  const items = runs.map(
    ({ label }, i) =>
      html`<span class="text"
        ><svg class="chart" viewBox="0 0 28 8" aria-hidden="true">
          <line class="swatch ${toneClass(i)}" x1="0" x2="28" y1="4" y2="4"></line></svg
        >${label}</span
      >`,
  );
  return html`<div class="legend">${items}</div>`;
}
