import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalJson,
  cutText,
  EVALUATION_PROTOCOL_VERSION,
  type EvaluationReport,
  REPORT_FILES,
  SrvauError,
  type VauEvalJudgement,
} from '@srvau/contracts';
import {
  inTurns,
  readReport,
  ReportBuilder,
  type ReportHead,
  TRANSCRIPTS_TABLE,
  type TranscriptRow,
  writeReport,
} from '@srvau/evaluation-report';
import { ensureDirectory, joinUri, writeJsonlAtomic, writeParquet } from '@srvau/storage';
import type { ReportPlace } from '../report-place';
import type { Outcome } from './answers';
import type { PlannedItem } from './plan';
import { referenceOf } from './ways';

/** What became of a run's questions. */
export interface RunOutcomes {
  items: readonly PlannedItem[];
  outcomes: ReadonlyMap<string, Outcome>;
  judgements: ReadonlyMap<string, VauEvalJudgement>;
}

/**
 * Scores a run and writes its report: transcripts and judgements first, `report.json` last.
 * @param path directory of this machine in which files are made; where reports lie elsewhere, they are copied from there
 */
export async function writeRun(
  head: ReportHead,
  { items, outcomes, judgements }: RunOutcomes,
  { place, path, signal }: { place: ReportPlace; path: string; signal: AbortSignal },
): Promise<EvaluationReport> {
  const { report, rows } = await inTurns(scored(head, { items, outcomes, judgements }), signal);
  const uri = place.uriOf(head.name);
  const { transcripts, judgements: judged, report: json } = REPORT_FILES;
  await ensureDirectory(path);
  // Of another report nothing may stand beside our files as if it belonged to them.
  if (await isOther(place, uri, report)) await place.store.delete(joinUri(uri, json));
  await writeParquet(join(path, transcripts), rows, TRANSCRIPTS_TABLE, { signal });
  const names: string[] = [transcripts];
  if (judgements.size > 0) {
    await writeJsonlAtomic(join(path, judged), judgementLines(items, judgements));
    names.push(judged);
  } else {
    await place.store.delete(joinUri(uri, judged));
  }
  if (place.pathOf(head.name) === undefined) {
    for (const name of names)
      await place.store.write(joinUri(uri, name), createReadStream(join(path, name)), { signal });
  }
  await writeReport(place.store, uri, report);
  return report;
}

/** In steps: of a large dataset it takes seconds, and the service answers others meanwhile. */
function* scored(
  head: ReportHead,
  { items, outcomes, judgements }: RunOutcomes,
): Generator<void, { report: EvaluationReport; rows: TranscriptRow[] }> {
  const builder = new ReportBuilder(head);
  const rows: TranscriptRow[] = [];
  for (const { key, row, way } of items) {
    const { task, thinking } = way;
    const item = {
      ...{ id: row.id, task, thinking, dataset: row.source, video: row.video },
      reference: referenceOf(row, task),
      answer: outcomes.get(key) ?? NOT_ASKED,
      judgement: judgements.get(key) ?? null,
    };
    rows.push(builder.add(item));
    yield;
  }
  return { report: yield* builder.finish(), rows };
}

const NOT_ASKED: Outcome = { missing: 'not-asked', detail: 'the run ended before it' };

function* judgementLines(
  items: readonly PlannedItem[],
  judgements: ReadonlyMap<string, VauEvalJudgement>,
): Generator<object> {
  for (const { key, way } of items) {
    const judgement = judgements.get(key);
    if (judgement !== undefined) yield { thinking: way.thinking, ...judgement };
  }
}

/** Differences that a refusal names; the first ones tell enough. */
const MAX_NAMED = 5;

/** @throws SrvauError CONFLICT, naming what differs: a report of that name is there, and is of something else */
export async function assertSameReport(
  place: ReportPlace,
  head: Pick<ReportHead, 'name' | 'protocol' | 'model' | 'dataset' | 'settings'>,
): Promise<void> {
  const there = await reportThere(place, place.uriOf(head.name));
  if (there === undefined) return;
  const before = flatten(comparable(there));
  const protocol = { name: head.protocol, version: EVALUATION_PROTOCOL_VERSION };
  const after = flatten(comparable({ ...head, protocol }));
  const differences = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${cutText(before[name] ?? 'nothing')} instead of ${cutText(after[name] ?? 'nothing')}`);
  if (differences.length === 0) return;
  const expected = 'no report of that name, or one of the same (replace: true takes its place)';
  const more = differences.length - MAX_NAMED;
  const received = [...differences.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  throw SrvauError.mismatch('CONFLICT', `report ${head.name}`, expected, received, { field: 'name' });
}

async function isOther(place: ReportPlace, uri: string, report: EvaluationReport): Promise<boolean> {
  const there = await reportThere(place, uri);
  return there === undefined || canonicalJson(there) !== canonicalJson(report);
}

/** Undefined where there is none that can be read: a damaged one keeps no name. */
async function reportThere({ store }: ReportPlace, uri: string): Promise<EvaluationReport | undefined> {
  try {
    return await readReport(store, uri);
  } catch (error) {
    if (error instanceof SrvauError && (error.code === 'NOT_FOUND' || error.code === 'UNPROCESSABLE')) return undefined;
    throw error;
  }
}

/** Where the dataset and a checkpoint lie does not matter, their bytes do. */
function comparable({
  protocol,
  model,
  dataset,
  settings,
}: Pick<EvaluationReport, 'protocol'> & Pick<ReportHead, 'model' | 'dataset' | 'settings'>): unknown {
  return {
    protocol,
    model: model.identity,
    dataset: dataset.hash,
    settings: JSON.parse(canonicalJson(settings)) as unknown,
  };
}

/** Leaves by their path; null is nothing. */
function flatten(value: unknown, path = ''): Record<string, string> {
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return { [path]: JSON.stringify(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]) => flatten(inner, path === '' ? name : `${path}.${name}`)),
  ) as Record<string, string>;
}
