import { REFLECT_PATHS, REFLECT_SPLITS, type ReflectCard, type ReflectReject, ROLLOUT_TASKS } from '@srvau/contracts';
import { html, type Markup, standalonePage } from '@srvau/page';
import { count } from './numbers';
import { type ReportSample, sampleSection } from './sample-section';
import { rejectSection, statisticsSection } from './statistics-section';
import { filterRules, STYLE } from './style';

export interface ReportContent {
  /** Of the page, e.g. the dataset's directory. */
  title: string;
  card: ReflectCard;
  samples: readonly ReportSample[];
  /** The first few. */
  rejects: readonly ReflectReject[];
}

const FILTERS = [
  { name: 'task', values: ROLLOUT_TASKS },
  { name: 'path', values: REFLECT_PATHS },
  { name: 'split', values: REFLECT_SPLITS },
] as const;

const NAMES: Readonly<Record<string, string>> = {
  ...{ qa: 'questions', tag: 'grounding', correct: 'wrong → correct', refine: 'correct → correct' },
};

/**
 * One HTML page that holds everything it shows: no script, and nothing is fetched, which its own policy forbids too. Texts of
 * the dataset are escaped, whatever they hold.
 */
export function reportPage({ title, card, samples, rejects }: ReportContent): string {
  const { records } = card.statistics.all;
  const body = html`<h1 class="text">${title}</h1>
    <p class="dim text">${summaryOf(card)}</p>
    ${statisticsSection(card)}
    <h2>Samples</h2>
    <p class="dim">
      ${count(samples.length)} of ${count(records)} records, chosen by the hash of their ids from every task and path
    </p>
    ${samples.length === 0 ? null : filterForm()} ${samples.map(sampleSection)}
    ${rejectSection(rejects, card.statistics.rejects.total)}`;
  return standalonePage({ title, style: STYLE + filterRules(FILTERS), body });
}

function summaryOf({ inputs, writtenBy, stoppedBy }: ReflectCard): string {
  const { dataset, initial, teacher, imported } = inputs;
  return [
    ...(dataset === null ? [] : [`from ${dataset.uri}, ${count(dataset.rows)} rows`]),
    ...(imported.length === 0 ? [] : [`imported from ${imported.map(({ name }) => name).join(', ')}`]),
    ...(initial === null ? [] : [`base model ${initial.model.backend}:${initial.model.model}`]),
    ...(teacher === null ? [] : [`teacher ${teacher.model.backend}:${teacher.model.model}`]),
    ...(stoppedBy === null ? [] : [`stopped by ${stoppedBy}`]),
    `written by ${writtenBy}`,
  ].join(' · ');
}

function filterForm(): Markup {
  const groups = FILTERS.map(({ name, values }) => {
    const choices = ['all', ...values].map(
      (value) =>
        html`<label
          ><input type="radio" name="${name}" id="${name}-${value}" ${value === 'all' ? CHECKED : null} />
          ${NAMES[value] ?? value}</label
        > `,
    );
    return html`<fieldset>
      <legend>${name}</legend>
      ${choices}
    </fieldset>`;
  });
  return html`<div class="filters">${groups}</div>`;
}

const CHECKED = html`checked`;
