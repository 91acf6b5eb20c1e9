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
const ROUNDS = 5;
const POLL_MS = 20;

export interface OverheadFigures {
  directSec: number;
  /** Of a run, the time in which it asks. */
  askSec: number;
  /** 100 · (askSec − directSec) / directSec */
  percent: number;
  /** Scoring, transcripts and reports. */
  restSec: number;
  tokensPerSecond: number;
}

/**
 * The same questions to the same native model, in the same batches: in process, and by the job `evaluation.run`, which plans,
 * opens videos, journals each batch and reports progress. Weights and decoded videos are warm on both sides.
 */
export async function measureOverhead(dir: string): Promise<OverheadFigures> {
  await mkdir(dir);
  const world = await makeWorld(dir, ITEMS);
  const dataset = await writeDataset(dir, world);
  const direct = await askDirectly(world);
  const runs = await askByRuns(dir, { model: `native:${world.model}`, dataset: fileUri(dataset), fps: world.fps });
  if (runs.tokens !== direct.tokens) {
    throw new Error(
      `expected equal work, received ${direct.tokens} tokens in process and ${runs.tokens} by the service`,
    );
  }
  return {
    directSec: direct.seconds,
    askSec: runs.askSec,
    percent: (100 * (runs.askSec - direct.seconds)) / direct.seconds,
    restSec: runs.restSec,
    tokensPerSecond: direct.tokens / direct.seconds,
  };
}

async function askDirectly({ model: path, questions, fps }: World): Promise<{ seconds: number; tokens: number }> {
  await using model = await NativeModel.load(path);
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
  const units = Array.from({ length: ITEMS / BATCH }, (_, i) => requests.slice(i * BATCH, (i + 1) * BATCH));
  const seconds: number[] = [];
  let tokens = 0;
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    tokens = 0;
    const start = performance.now();
    await concurrently(units, BATCHES_AT_ONCE, new AbortController().signal, async (unit) => {
      for (const result of await model.generateBatch(unit)) {
        if (result.status === 'rejected') throw result.reason;
        tokens += result.value.usage?.completionTokens ?? 0;
      }
    });
    if (round >= 0) seconds.push((performance.now() - start) / 1000);
  }
  return { seconds: median(seconds), tokens };
}

type RunOf = Pick<EvaluationRunRequest, 'model' | 'dataset' | 'fps'>;

async function askByRuns(dir: string, of: RunOf): Promise<{ askSec: number; restSec: number; tokens: number }> {
  const nats = await NatsServerProcess.start({ dir: join(dir, 'nats') });
  const replica = await startReplica(dir, nats.url);
  const connection = await connect({ servers: nats.url });
  try {
    const timings: EvaluationRunResult['timings'][] = [];
    let tokens = 0;
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
      const result = await runOnce(connection, `round-${round + WARM_UP_ROUNDS}`, of);
      const report = new URL(result.report);
      tokens = await tokensOf(report);
      await rm(report, { recursive: true });
      if (round >= 0) timings.push(result.timings);
    }
    const medianOf = (figure: (timing: (typeof timings)[number]) => number): number => median(timings.map(figure));
    return {
      askSec: medianOf(({ askSec }) => askSec),
      restSec: medianOf(({ askSec, totalSec }) => totalSec - askSec),
      tokens,
    };
  } finally {
    await connection.close();
    if (replica.kill()) await once(replica, 'exit');
    await nats.stop();
  }
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
      ...{ videoKey: id, durationSec: 4, width: 56, height: 56, frames: 8, question, options, correctOption: 'A' },
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
