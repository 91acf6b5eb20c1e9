import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { SUBJECTS } from '@srvau/contracts';
import { NatsLink, ServiceClient } from '@srvau/messaging';
import type { BenchReport } from '../report';
import { percentile } from '../statistics';
import { BARE_SUBJECT } from './responder';

/** Both sides are compiled by the time that counting begins; the strategy has more code to compile. */
const WARM_UP_BLOCKS = 24;
const BLOCKS = 60;
const REQUESTS_PER_BLOCK = 250;
const LIMIT = 1.3;

/**
 * Round-trip time of one small request at a time: typed client → strategy → Nest handler with validation, against a
 * bare client and a bare subscription on the same server. Blocks alternate, so that both meet the same noise.
 */
export async function benchRequestReply(url: string): Promise<BenchReport> {
  const children = await Promise.all(['strategy', 'bare'].map((way) => startResponder(way, url)));
  const bare = await connect({ servers: url });
  const link = new NatsLink({ config: { servers: [url] }, name: 'bench-client' });
  const client = new ServiceClient(link);
  const body = { jobId: 'abcdefgh' };
  const ways = {
    strategy: () => client.request(SUBJECTS.jobsGet, body),
    bare: async () => (await bare.request(BARE_SUBJECT, JSON.stringify(body), { timeout: 5_000 })).json(),
  };
  const micros: Record<keyof typeof ways, number[]> = { strategy: [], bare: [] };
  for (let block = -WARM_UP_BLOCKS; block < BLOCKS; block += 1) {
    for (const way of ['bare', 'strategy'] as const) {
      for (let i = 0; i < REQUESTS_PER_BLOCK; i += 1) {
        const started = performance.now();
        await ways[way]();
        if (block >= 0) micros[way].push((performance.now() - started) * 1000);
      }
    }
  }
  await bare.close();
  await link.drain();
  children.forEach((child) => child.kill());
  const row = (name: string, quantile: number): BenchReport['rows'][number] => {
    const value = percentile(micros.strategy, quantile);
    const peer = percentile(micros.bare, quantile);
    return {
      name,
      value,
      peer,
      unit: 'µs',
      ratio: value / peer,
      target: `≤ ${LIMIT} × bare client`,
      ok: value / peer <= LIMIT,
    };
  };
  return { name: 'messaging: request/reply', rows: [row('p50', 0.5), row('p99', 0.99)] };
}

async function startResponder(way: string, url: string): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'responder.js'), [way, url], { stdio: 'inherit' });
  await once(child, 'message');
  return child;
}
