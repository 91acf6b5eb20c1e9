import { html, type Markup } from '@srvau/page';
import type { NamedRun } from '../chart/charts-of-runs';
import { settingText } from '../chart/numbers';
import { differencesOf } from '../compare/compare-runs';
import { flattened } from '../compare/flatten';

/** What differs between the runs, then the whole configuration of each. */
export function configSection(runs: readonly NamedRun[]): Markup {
  return html`<h2>Configuration</h2>
    ${runs.length > 1 ? differences(runs) : null} ${runs.map((run) => whole(run, runs.length === 1))}`;
}

function differences(runs: readonly NamedRun[]): Markup {
  const found = differencesOf(runs.map(({ run }) => run.record));
  if (found.length === 0) return html`<p class="dim">The runs are configured alike.</p>`;
  const rows = found.map(
    ({ field, values }) =>
      html`<tr>
        <td class="text">${field}</td>
        ${values.map((value) => html`<td class="text">${settingText(value)}</td>`)}
      </tr>`,
  );
  return html`<div class="scroll">
    <table>
      <tr>
        <th>what differs</th>
        ${runs.map(({ label }) => html`<th class="text">${label}</th>`)}
      </tr>
      ${rows}
    </table>
  </div>`;
}

function whole({ label, run }: NamedRun, isOnly: boolean): Markup {
  const { config, parents, versions } = run.record;
  const fields: [string, unknown][] = [
    ...flattened(config),
    ...parents.map(({ role, uri, digest }): [string, unknown] => [
      role,
      digest === undefined ? uri : `${uri} (${digest})`,
    ]),
    ...Object.entries(versions).map(([name, version]): [string, unknown] => [`version of ${name}`, version]),
  ];
  const rows = fields.map(
    ([field, value]) =>
      html`<tr>
        <td class="text">${field}</td>
        <td class="text">${settingText(value)}</td>
      </tr>`,
  );
  return html`<details>
    <summary class="text">${isOnly ? 'everything that was set, defaults included' : label}</summary>
    <div class="scroll">
      <table>
        ${rows}
      </table>
    </div>
  </details>`;
}
