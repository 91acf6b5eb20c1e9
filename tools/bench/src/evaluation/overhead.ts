import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  DATASET_CARD_FORMAT,
  DATASET_FILES,
  DATASET_SCHEMA_VERSION,
  type DatasetRow,
  type EvaluationReport,
  type EvaluationRunRequest,
  type EvaluationRunResult,
  type JobAccepted,
  type JobRecord,
  SUBJECTS,
  TERMINAL_STATES,
} from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { type Generation, NativeModel } from '@srvau/models';
import { concurrently, fileUri } from '@srvau/storage';
import { median } from '../statistics';
import { makeWorld, MAX_NEW_TOKENS, type World } from '../training/world';
import { startReplica } from './replica';

const ITEMS = 128;
const BATCH = 16;
/** As a run has them: while one is computed, the next is prepared. */
const BATCHES_AT_ONCE = 2;
const WARM_UP_ROUNDS = 1;
/** Of each: in process, by the service, by the service, in process. */
const BLOCKS = 7;
/** Seldom, as these questions are no work of the run; how long it asked, it tells itself. */
const POLL_MS = 250;

export interface OverheadFigures {
  directSec: number;
  /** Of a run, the time in which it asks. */
  askSec: number;
  /** 100 · (askSec − directSec) / directSec, of the block in the middle. */
  percent: number;
  /** The blocks with the least and the most. */
  percentRange: readonly [least: number, most: number];
  /** Scoring, transcripts and reports. */
  restSec: number;
  tokensPerSecond: number;
}

/** One round of all items. */
interface Round {
  askSec: number;
  restSec: number;
  tokens: number;
}

/**
 * The same questions to the same native model, in the same batches: in process, and by the job `evaluation.run`, which plans,
 * opens videos, journals each batch and reports progress. Weights and decoded videos are warm on both sides.
 *
 * Both sides are measured in turns, and a block holds each of them early and late: a machine that is busier in one minute than in
 * the next is so for both, and what drifts evenly cancels out.
 */
export async function measureOverhead(dir: string): Promise<OverheadFigures> {
  await mkdir(dir);
  const world = await makeWorld(dir, ITEMS);
  const dataset = await writeDataset(dir, world);
  const nats = await NatsServerProcess.start({ dir: join(dir, 'nats') });
  const replica = await startReplica(dir, nats.url);
  const connection = await connect({ servers: nats.url });
  try {
    await using model = await NativeModel.load(world.model);
    const units = unitsOf(world);
    const of = { model: `native:${world.model}`, dataset: fileUri(dataset), fps: world.fps };
    let runs = 0;
    return await compare(
      () => askDirectly(model, units),
      () => askByRun(connection, `round-${(runs += 1)}`, of),
    );
  } finally {
    await connection.close();
    if (replica.kill()) await once(replica, 'exit');
    await nats.stop();
  }
}

async function compare(ask: () => Promise<Round>, run: () => Promise<Round>): Promise<OverheadFigures> {
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) assertEqualWork(await ask(), await run());
  const blocks: { direct: number; asked: number }[] = [];
  const direct: Round[] = [];
  const byRun: Round[] = [];
  for (let block = 0; block < BLOCKS; block += 1) {
    const first = await ask();
    const inner = [await run(), await run()];
    const outer = [first, await ask()];
    for (const round of inner) assertEqualWork(first, round);
    direct.push(...outer);
    byRun.push(...inner);
    blocks.push({ direct: secondsOf(outer), asked: secondsOf(inner) });
  }
  const percents = blocks.map(({ direct, asked }) => (100 * (asked - direct)) / direct);
  const directSec = median(direct.map(({ askSec }) => askSec));
  return {
    directSec,
    askSec: median(byRun.map(({ askSec }) => askSec)),
    percent: median(percents),
    percentRange: [Math.min(...percents), Math.max(...percents)],
    restSec: median(byRun.map(({ restSec }) => restSec)),
    tokensPerSecond: median(direct.map(({ tokens }) => tokens)) / directSec,
  };
}

const secondsOf = (rounds: readonly Round[]): number => rounds.reduce((sum, { askSec }) => sum + askSec, 0);

function assertEqualWork(direct: Round, run: Round): void {
  if (run.tokens === direct.tokens) return;
  const received = `${direct.tokens} tokens in process and ${run.tokens} by the service`;
  throw new Error(`expected equal work, received ${received}`);
}

function unitsOf({ questions, fps }: World): Generation[][] {
  const requests = questions.map(({ system, user, videoUri }): Generation => ({
    messages: [
      { role: 'system', content: system },
      {
        role: 'user',
        content: [
          { type: 'video', video: videoUri, fps },
          { type: 'text', text: user },
        ],
      },
    ],
    sampling: { temperature: 0, maxNewTokens: MAX_NEW_TOKENS },
  }));
  return Array.from({ length: ITEMS / BATCH }, (_, i) => requests.slice(i * BATCH, (i + 1) * BATCH));
}

async function askDirectly(model: NativeModel, units: readonly Generation[][]): Promise<Round> {
  let tokens = 0;
  const start = performance.now();
  await concurrently(units, BATCHES_AT_ONCE, new AbortController().signal, async (unit) => {
    for (const result of await model.generateBatch(unit)) {
      if (result.status === 'rejected') throw result.reason;
      tokens += result.value.usage?.completionTokens ?? 0;
    }
  });
  return { askSec: (performance.now() - start) / 1000, restSec: 0, tokens };
}

type RunOf = Pick<EvaluationRunRequest, 'model' | 'dataset' | 'fps'>;

async function askByRun(connection: NatsConnection, name: string, of: RunOf): Promise<Round> {
  const { report, timings } = await runOnce(connection, name, of);
  const url = new URL(report);
  const tokens = await tokensOf(url);
  await rm(url, { recursive: true });
  return { askSec: timings.askSec, restSec: timings.totalSec - timings.askSec, tokens };
}

async function runOnce(connection: NatsConnection, name: string, of: RunOf): Promise<EvaluationRunResult> {
  const request: EvaluationRunRequest = {
    ...{ ...of, name, tasks: ['qa'], thinking: ['with'], concurrency: BATCH },
    sampling: { temperature: 0, maxNewTokens: MAX_NEW_TOKENS },
  };
  const ask = async <T>(subject: string, body: object): Promise<T> =>
    (await connection.request(subject, JSON.stringify(body), { timeout: 10_000 })).json<T>();
  const { jobId } = await ask<JobAccepted>(SUBJECTS.evaluationRun, request);
  for (;;) {
    const { state, result, error } = await ask<JobRecord>(SUBJECTS.jobsGet, { jobId });
    if (state === 'succeeded') return result as EvaluationRunResult;
    if (TERMINAL_STATES.has(state)) throw new Error(`the run ${state}: ${error?.message}`);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

async function tokensOf(report: URL): Promise<number> {
  const { results } = JSON.parse(await readFile(join(report.pathname, 'report.json'), 'utf8')) as EvaluationReport;
  return results.reduce((sum, { counts }) => sum + (counts.tokens.completion ?? 0), 0);
}

/** What an ingest would have written of the world's questions. */
async function writeDataset(dir: string, { questions, fps }: World): Promise<string> {
  const dataset = join(dir, 'dataset');
  await mkdir(dataset);
  const rows = questions.map(({ id, videoUri, question, options }, i): DatasetRow => {
    return {
      ...{ id, row: i + 1, source: 'ucf', split: 'test', video: videoUri.slice(videoUri.lastIndexOf('/') + 1) },
      ...{
        videoKey: id,
        videoSha256: null,
        durationSec: 4,
        width: 56,
        height: 56,
        frames: 8,
        question,
        options,
        correctOption: 'A',
      },
      ...{ keyObject: null, description: null, reasoning: null, reasoningRepr: null, anomalyClass: null },
      ...{ normal: true, spanSec: null, events: null, qaEligible: true, groundingEligible: false },
    };
  });
  const card = {
    ...{ format: DATASET_CARD_FORMAT, schemaVersion: DATASET_SCHEMA_VERSION, statistics: {}, warnings: [] },
    inputs: { videos: { uri: fileUri(dir) }, settings: { fps } },
    summary: { rows: rows.length },
  };
  await writeFile(join(dataset, DATASET_FILES.manifestJsonl), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await writeFile(join(dataset, DATASET_FILES.card), JSON.stringify(card));
  return dataset;
}
