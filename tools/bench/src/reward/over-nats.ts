import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type RolloutRow, type ScoreReply, SUBJECTS } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { startService } from '../service-process';
import { percentile } from '../statistics';
import { BATCH } from './in-process';

const MAX_PAYLOAD = 4 * 2 ** 20;
const WARM_UP_MS = 3_000;
const IN_FLIGHT = 4;
const TIMEOUT_MS = 20_000;

export interface NatsFigures {
  rolloutsPerSecond: number;
  /** At the rate that was asked for, of requests sent on a schedule, whether or not earlier ones are answered. */
  p50Ms: number;
  p99Ms: number;
}

/** One replica of the service in a process of its own, asked with batches of 512. */
export async function measureOverNats(
  dir: string,
  batches: readonly RolloutRow[][],
  { rate, seconds }: { rate: number; seconds: number },
): Promise<NatsFigures> {
  const nats = await NatsServerProcess.start({ dir: join(dir, 'nats'), maxPayload: MAX_PAYLOAD });
  const replica = await startService('reward', dir, nats.url, { SRVAU_MAX_MESSAGE_BYTES: String(MAX_PAYLOAD) });
  const connection = await connect({ servers: nats.url });
  try {
    // Made beforehand: what a trainer spends on its own JSON is not the service's time.
    const payloads = batches.map((rollouts) => JSON.stringify({ rollouts }));
    const ask = asker(connection, payloads);
    await throughput(ask, WARM_UP_MS);
    const rolloutsPerSecond = BATCH * (await throughput(ask, seconds * 1000));
    const latencies = await onSchedule(ask, rate / BATCH, seconds);
    return { rolloutsPerSecond, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
  } finally {
    await connection.close();
    if (replica.kill()) await once(replica, 'exit');
    await nats.stop();
  }
}

function asker(connection: NatsConnection, payloads: readonly string[]): () => Promise<void> {
  let next = 0;
  return async () => {
    next += 1;
    const payload = payloads[next % payloads.length] as string;
    const reply = await connection.request(SUBJECTS.rewardScore, payload, { timeout: TIMEOUT_MS });
    const { columns } = reply.json<Partial<ScoreReply>>();
    if (columns?.['task']?.failed.length !== 0) throw new Error(`no scores: ${reply.string().slice(0, 500)}`);
  };
}

/** Requests a second, with so many under way that the service never waits. */
async function throughput(ask: () => Promise<void>, ms: number): Promise<number> {
  const start = performance.now();
  let done = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - start < ms) {
      await ask();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return done / ((performance.now() - start) / 1000);
}

/** Latencies in ms, each from the moment at which the request was due: a service that stalls cannot hide it. */
async function onSchedule(ask: () => Promise<void>, perSecond: number, seconds: number): Promise<number[]> {
  const start = performance.now();
  const latencies: number[] = [];
  const asked: Promise<void>[] = [];
  for (let i = 0; i < perSecond * seconds; i += 1) {
    const due = start + (i / perSecond) * 1000;
    await sleep(Math.max(0, due - performance.now()));
    asked.push(ask().then(() => void latencies.push(performance.now() - due)));
  }
  await Promise.all(asked);
  return latencies;
}
