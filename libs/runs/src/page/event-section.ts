import type { RunEvent } from '@srvau/contracts';
import { html, type Markup } from '@srvau/page';
import type { NamedRun } from '../chart/charts-of-runs';
import { grouped } from '../grouped';

const SHOWN = 200;

const STYLES: Partial<Record<RunEvent['kind'], string>> = {
  ...{ warning: 'warn', waiting: 'warn', stopped: 'warn', failed: 'bad', finished: 'good', best: 'good' },
};

/** What a reader has to know before anything else: warnings, and lines of the logs that could not be read. */
export function noticeSection(runs: readonly NamedRun[]): Markup | null {
  const notes = runs.flatMap(({ label, run }) => {
    const whose = runs.length === 1 ? '' : `${label}: `;
    const { faults } = run;
    return [
      ...warningsOf(run.events).map((text) => html`<div class="warn text">${whose}${text}</div>`),
      ...faults.messages.map((message) => html`<div class="bad text">${whose}${message}</div>`),
      ...(faults.count > faults.messages.length
        ? [html`<div class="bad">${whose}${faults.count - faults.messages.length} more damaged lines</div>`]
        : []),
    ];
  });
  return notes.length === 0 ? null : html`<div class="notes">${notes}</div>`;
}

/** One line for each thing that was warned of, of alike ones that differ in numbers the newest, and how many there were. */
function warningsOf(events: readonly RunEvent[]): string[] {
  const alike = grouped(
    events.filter(({ kind }) => kind === 'warning'),
    ({ warning, message }) => `${warning ?? 'warning'}: ${message.replace(/\d[\d.e+-]*/g, '#')}`,
  );
  return [...alike.values()].map((all) => {
    const last = all.at(-1);
    const times = all.length === 1 ? '' : ` (${all.length} times)`;
    return `${last?.warning ?? 'warning'}${times}, step ${last?.step ?? 0}: ${last?.message ?? ''}`;
  });
}

/** What happened in a run, the newest last. */
export function eventSection(
  { label, run: { events } }: NamedRun,
  _i: number,
  all: readonly NamedRun[],
): Markup | null {
  if (events.length === 0) return null;
  const shown = events.slice(-SHOWN);
  const rows = shown.map(
    ({ at, step, kind, warning, message }) =>
      html`<tr>
        <td class="name dim">${at}</td>
        <td class="n">${step}</td>
        <td class="${STYLES[kind] ?? ''}">${warning ?? kind}</td>
        <td class="text">${message}</td>
      </tr>`,
  );
  const left = events.length - shown.length;
  return html`<h2 class="text">Events${all.length === 1 ? '' : ` of ${label}`}</h2>
    ${left === 0 ? null : html`<p class="dim">${left} earlier ones are left out</p>`}
    <div class="scroll">
      <table>
        <tr>
          <th>time</th>
          <th class="n">step</th>
          <th>what</th>
          <th>message</th>
        </tr>
        ${rows}
      </table>
    </div>`;
}
