import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type EvaluationScores, SUBJECTS } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { percentile } from '../statistics';
import { startReplica } from './replica';
import { type EvaluationWorkload, makeRows } from './workload';

const CALLERS = 200;
const ROUNDS = 40;
const WARM_UP_ROUNDS = 20;
const ROWS_OF_SMALL = 20;
const URI_MS = 8_000;
const WARM_UP_MS = 3_000;
/** So many under way that the service never waits. */
const IN_FLIGHT = 3;
const TIMEOUT_MS = 60_000;

export interface NatsFigures {
  /** References and their predictions, by URI. */
  rowsPerSecond: number;
  /** Of small calls, `CALLERS` of them sent at once. */
  p50Ms: number;
  p99Ms: number;
}

/** One replica of the service in a process of its own. */
export async function measureOverNats(dir: string, rows: EvaluationWorkload, count: number): Promise<NatsFigures> {
  const nats = await NatsServerProcess.start({ dir: join(dir, 'nats') });
  const replica = await startReplica(dir, nats.url);
  const connection = await connect({ servers: nats.url });
  try {
    const byUri = JSON.stringify({
      predictionsUri: writeRows(join(dir, 'predictions.jsonl'), rows.predictions),
      referencesUri: writeRows(join(dir, 'references.jsonl'), rows.references),
    });
    const askByUri = (): Promise<void> => ask(connection, byUri, count);
    await throughput(askByUri, WARM_UP_MS);
    const rowsPerSecond = count * (await throughput(askByUri, URI_MS));
    const latencies = await smallCalls(connection);
    return { rowsPerSecond, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
  } finally {
    await connection.close();
    if (replica.kill()) await once(replica, 'exit');
    await nats.stop();
  }
}

/** @returns its URI */
function writeRows(path: string, rows: readonly object[]): string {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return pathToFileURL(path).href;
}

async function ask(connection: NatsConnection, payload: string, rows: number): Promise<void> {
  const reply = await connection.request(SUBJECTS.evaluationScore, payload, { timeout: TIMEOUT_MS });
  const { coverage } = reply.json<Partial<EvaluationScores>>();
  if (coverage?.references !== rows) throw new Error(`no scores: ${reply.string().slice(0, 500)}`);
}

/** Requests a second. */
async function throughput(request: () => Promise<void>, ms: number): Promise<number> {
  const start = performance.now();
  let done = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - start < ms) {
      await request();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return done / ((performance.now() - start) / 1000);
}

/** Latencies in ms of small calls, all callers at once, round after round. */
async function smallCalls(connection: NatsConnection): Promise<number[]> {
  const payload = JSON.stringify(makeRows(ROWS_OF_SMALL));
  const latencies: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const start = performance.now();
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        await ask(connection, payload, ROWS_OF_SMALL);
        if (round >= 0) latencies.push(performance.now() - start);
      }),
    );
  }
  return latencies;
}
