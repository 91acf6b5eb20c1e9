import type { EvaluationReport } from '@srvau/contracts';
import { html, type Markup, standalonePage } from '@srvau/page';
import { documentOf } from './document-of';
import { PAGE_STYLE } from './page-style';
import type { Row, Section, Table } from './report-document';

/** A report as one HTML page that runs no script and fetches nothing. */
export function reportHtml(report: EvaluationReport): string {
  const { title, facts, sections } = documentOf(report);
  const body = html`<h1>${title}</h1>
    <dl>
      ${facts.map(
        ({ name, value }) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${sections.map(section)}`;
  return standalonePage({ title, style: PAGE_STYLE, body });
}

function section({ title, notes, table, lines }: Section): Markup {
  return html`<h2>${title}</h2>
    ${notes.map((note) => html`<p>${note}</p>`)} ${table === undefined ? null : tableOf(table)}
    ${lines === undefined ? null : html`<pre>${lines.join('\n')}</pre>`}`;
}

/** What is no longer stays on one line. */
const SHORT = 28;

function tableOf({ columns, rows }: Table): Markup {
  const isNumeric = (index: number): boolean => columns[index]?.numeric === true;
  const head = columns.map(({ title, numeric }) =>
    numeric ? html`<th class="n" scope="col">${title}</th>` : html`<th scope="col">${title}</th>`,
  );
  const mixed = rows.some(({ published }) => published === true);
  const body = rows.map((row) => {
    const cells = row.cells.map((cell, index) =>
      isNumeric(index)
        ? html`<td class="n">${cell}</td>`
        : html`<td class="${cell.length > SHORT ? 'long' : 'short'}">${cell}</td>`,
    );
    return html`<tr class="${classOf(row, mixed)}">
      ${cells}
    </tr>`;
  });
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** Ours stand out only beside those of others. */
function classOf({ published = false }: Row, mixed: boolean): string {
  if (published) return 'published';
  return mixed ? 'ours' : '';
}
