import type { EvaluationReport } from '@srvau/contracts';
import { countSections } from './count-sections';
import { count } from './numbers';
import type { Fact, ReportDocument, Section } from './report-document';
import { resultSections } from './result-sections';
import { tableSections } from './table-sections';
import { texts } from './report-document';

/** A report for people, section by section. */
export function documentOf(report: EvaluationReport): ReportDocument {
  return {
    title: `Evaluation ${report.name}`,
    facts: factsOf(report),
    sections: [
      ...tableSections(report),
      ...resultSections(report),
      ...countSections(report),
      promptSection(report),
      settingsSection(report),
    ],
  };
}

function factsOf({ model, dataset, protocol, settings, versions }: EvaluationReport): Fact[] {
  const { identity } = model;
  const split = dataset.split === null ? '' : `, split ${dataset.split}`;
  return [
    { name: 'Model', value: `${identity.model} (${identity.backend})` },
    { name: 'Checkpoint', value: identity.hash ?? 'not known: the backend does not tell' },
    { name: 'Model URI', value: model.uri },
    { name: 'Dataset', value: `${dataset.name}${split}, ${count(dataset.rows)} rows` },
    { name: 'Dataset hash', value: dataset.hash },
    { name: 'Dataset URI', value: dataset.uri },
    { name: 'Protocol', value: `${protocol.name}, version ${protocol.version}` },
    ...(typeof settings['seed'] === 'number' ? [{ name: 'Seed', value: String(settings['seed']) }] : []),
    {
      name: 'Versions',
      value: Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    },
  ];
}

function promptSection({ results }: EvaluationReport): Section {
  const prompts = new Map(results.map(({ prompt }) => [prompt.id, prompt]));
  return {
    title: 'Prompts',
    notes: [],
    isDetail: true,
    table: {
      columns: texts('Prompt', 'Grammar', 'SHA-256'),
      rows: [...prompts.values()].map(({ id, grammar, hash }) => ({ cells: [id, grammar ?? '–', hash] })),
    },
  };
}

function settingsSection({ settings }: EvaluationReport): Section {
  return { title: 'Settings', notes: [], lines: JSON.stringify(settings, null, 2).split('\n'), isDetail: true };
}
