// Does the memory of the evaluation service stay flat under mixed good and bad calls? Prints its resident memory and the
// latency of small calls minute by minute, and ends with 1 where memory grows or an answer is a wrong one. Wants a build.
//
//   node tests/support/run-ts.mjs tests/studies/evaluation-soak.ts [--minutes 10] [--callers 8] [--seed 1]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connect } from '@nats-io/transport-node';
import { NatsServerProcess } from '@srvau/messaging';
import { startFakeOpenai } from '../../libs/models/test/fake-openai/server.mjs';
import { makeClip } from '../../libs/video/test/clips';
import { ServiceProcess } from '../e2e/support/service-process';
import { tempHome } from '../e2e/support/temp-home';
import { type Call, soakCalls } from './evaluation-soak/calls';

/** Caches and the compiler's code fill first. */
const WARM_UP_SHARE = 0.3;
/** In less nothing but the warm-up is seen. */
const MIN_MINUTES = 5;
/** Of the memory: what it may grow from the first half to the second of the time that counts. */
const FLAT_SHARE = 0.05;
const SAMPLE_MS = 1_000;
const CODES_SHOWN = 10;

interface Sample {
  minute: number;
  mb: number;
}

class Tally {
  readonly counts = new Map<string, number>();
  readonly wrong: string[] = [];
  smallMs: number[] = [];

  add({ name, expected }: Call, outcome: string, ms: number): void {
    const key = `${name}: ${outcome}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    if (!expected.includes(outcome)) this.wrong.push(key);
    if (name.startsWith('score,')) this.smallMs.push(ms);
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** Of the whole process, its threads included. */
function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** The same calls for the same seed, whatever their answers. */
function picker(calls: readonly Call[], seed: number): () => Call {
  const lots = calls.flatMap((call) => new Array<Call>(call.weight).fill(call));
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return lots[Math.floor((state / 2 ** 32) * lots.length)] as Call;
  };
}

async function caller(pick: () => Call, tally: Tally, until: number): Promise<void> {
  while (Date.now() < until) {
    const call = pick();
    const begun = performance.now();
    const outcome = await call.run().catch((error: unknown) => `failed: ${String(error)}`);
    tally.add(call, outcome, performance.now() - begun);
  }
}

async function watch(pid: number, tally: Tally, until: number, begun: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  let told = 0;
  while (Date.now() < until) {
    await sleep(SAMPLE_MS);
    const minute = (Date.now() - begun) / 60_000;
    samples.push({ minute, mb: residentMb(pid) });
    if (Math.floor(minute) === told) continue;
    told = Math.floor(minute);
    const last = samples.filter((sample) => sample.minute > told - 1).map(({ mb }) => mb);
    const small = tally.smallMs;
    tally.smallMs = [];
    console.log(
      `minute ${told}: ${mean(last).toFixed(1)} MB resident (${Math.max(...last).toFixed(1)} at most), ${tally.total} calls, ` +
        `small ones p50 ${percentile(small, 0.5).toFixed(1)} ms, p99 ${percentile(small, 0.99).toFixed(1)} ms`,
    );
  }
  return samples;
}

/** @returns whether it is flat */
function verdict(samples: readonly Sample[], minutes: number): boolean {
  if (minutes < MIN_MINUTES) {
    console.log(`memory: ${MIN_MINUTES} minutes or more tell whether it is flat`);
    return true;
  }
  const counted = samples.filter(({ minute }) => minute > WARM_UP_SHARE * minutes);
  const middle = (minutes * (1 + WARM_UP_SHARE)) / 2;
  const [before, after] = [counted.filter((s) => s.minute <= middle), counted.filter((s) => s.minute > middle)].map(
    (half) => mean(half.map(({ mb }) => mb)),
  ) as [number, number];
  const growth = (after - before) / before;
  const isFlat = growth <= FLAT_SHARE;
  console.log(
    `memory ${isFlat ? 'is flat' : 'GROWS'}: ${before.toFixed(1)} MB, then ${after.toFixed(1)} MB ` +
      `(${(100 * growth).toFixed(1)} %; at most ${100 * FLAT_SHARE} % count as flat)`,
  );
  return isFlat;
}

async function main(): Promise<number> {
  const options = {
    minutes: { type: 'string', default: '10' },
    callers: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  } as const;
  const { values } = parseArgs({ options, args: process.argv.slice(3) });
  const minutes = Number(values.minutes);
  await using home = await tempHome();
  const nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
  const fake = await startFakeOpenai({
    keeps: false,
    reply: ({ body }) => {
      const text = JSON.stringify(body);
      if (text.includes('What stalls?')) return { fault: 'stalls' };
      return text.includes('What fails?') ? { fault: 'server-error' } : '<think>It runs.</think><answer>B</answer>';
    },
  });
  await makeClip(join(home.dir, 'clip.mp4'), [0, 500, 1000, 1500]);
  const env = { SRVAU_NATS_URL: nats.url, SRVAU_HOME: join(home.dir, 'state'), SRVAU_FILE_ROOTS: home.dir };
  await using service = new ServiceProcess('evaluation', { env: { ...env, SRVAU_LOG_LEVEL: 'info' } });
  await service.ready();
  const url = `http://127.0.0.1:${String((await service.logged('HTTP listens'))['httpPort'])}`;
  const connection = await connect({ servers: nats.url });
  try {
    const target = { connection, url, dir: home.dir, endpoint: fake.url };
    const [pick, tally, begun] = [picker(soakCalls(target), Number(values.seed)), new Tally(), Date.now()];
    const until = begun + minutes * 60_000;
    const callers = Array.from({ length: Number(values.callers) }, () => caller(pick, tally, until));
    const [samples] = await Promise.all([watch(service.pid, tally, until, begun), ...callers]);
    for (const [key, count] of [...tally.counts].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`${count}\t${key}`);
    const wrong = [...new Set(tally.wrong)];
    if (wrong.length > 0)
      console.log(`WRONG: ${tally.wrong.length} answers, ${wrong.slice(0, CODES_SHOWN).join('; ')}`);
    const lives = service.isRunning && (await service.http('/readyz')).status === 200;
    console.log(lives ? 'the service lives' : 'the service is GONE');
    return verdict(samples, minutes) && wrong.length === 0 && lives ? 0 : 1;
  } finally {
    await connection.close();
    await fake.close();
    await nats.kill();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
