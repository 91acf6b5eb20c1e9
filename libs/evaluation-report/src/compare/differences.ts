import { canonicalJson, type EvaluationReport, isObject, type ReportComparison } from '@srvau/contracts';

type Difference = ReportComparison['differences'][number];

/** What makes two reports incomparable where it differs: the truth, what counts, who judges. */
const DECISIVE = /^(?:dataset\.hash|protocol\.(?:name|version)|settings\.grammar|judge\..+)$/;

/** Two names of the same thing, or of what tells nothing. */
const LEFT_OUT = new Set(['settings.name', 'settings.replace', 'settings.idempotencyKey', 'settings.published']);

/** Where two reports were made differently, by the path of the field. */
export function differencesOf(first: EvaluationReport, second: EvaluationReport): Difference[] {
  const [a, b] = [fieldsOf(first), fieldsOf(second)];
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => !LEFT_OUT.has(name));
  return names.flatMap((field): Difference[] => {
    const [one, other] = [a.get(field) ?? 'none', b.get(field) ?? 'none'];
    return one === other ? [] : [{ field, first: one, second: other }];
  });
}

/** Fields of those differences for which a comparison is refused. */
export const conflictsOf = (differences: readonly Difference[]): string[] =>
  differences
    .filter(({ field, first, second }) => DECISIVE.test(field) && areBoth(field, first, second))
    .map(({ field }) => field);

/** That one of them judged nothing is no conflict. */
const areBoth = (field: string, first: string, second: string): boolean =>
  !field.startsWith('judge.') || (first !== 'none' && second !== 'none');

function fieldsOf({ protocol, model, dataset, settings, versions, results }: EvaluationReport): Map<string, string> {
  const fields = new Map<string, string>();
  const { name, hash, split, rows } = dataset;
  flatten('protocol', protocol, fields);
  flatten('model', { uri: model.uri, ...model.identity }, fields);
  flatten('dataset', { name, hash, split, rows }, fields);
  for (const { task, thinking, prompt, vauEval } of results) {
    fields.set(`prompt.${task}.${thinking}`, `${prompt.id} ${prompt.hash}`);
    if (vauEval === null) continue;
    const { judge, promptId, promptHash, repeats, sampling } = vauEval;
    flatten('judge', { ...judge, prompt: `${promptId} ${promptHash}` }, fields);
    flatten('judging', { repeats, ...sampling }, fields);
  }
  flatten('settings', settings, fields);
  flatten('versions', versions, fields);
  return fields;
}

function flatten(path: string, value: unknown, into: Map<string, string>): void {
  if (isObject(value)) for (const [key, inner] of Object.entries(value)) flatten(`${path}.${key}`, inner, into);
  else if (value !== null && value !== undefined)
    into.set(path, typeof value === 'string' ? value : canonicalJson(value));
}
