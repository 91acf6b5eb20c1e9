import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { NatsServerProcess } from '@srvau/messaging';
import type { BenchReport } from '../report';
import { startService } from '../service-process';
import { measureResume } from './resume';
import { measureThroughput } from './throughput';

const TARGET = { share: 0.9, growth: 1.25, resumeSec: 5 };

export interface DatasetBenchSize {
  items?: number;
  finished?: number;
}

/** A build against a local endpoint, its memory, and how soon one goes on that was interrupted near its end. */
export async function benchDataset({
  items = 20_000,
  finished = 100_000,
}: DatasetBenchSize = {}): Promise<BenchReport> {
  const dir = await mkdtemp(join(tmpdir(), 'srvau-bench-dataset-'));
  const load = loadavg()[0] ?? NaN;
  const nats = await NatsServerProcess.start({ dir: join(dir, 'nats') });
  const service = await startService('dataset', dir, nats.url);
  const connection = await connect({ servers: nats.url });
  try {
    const made = await measureThroughput(dir, connection, service.pid ?? 0, items);
    const { callsPerSecond, ideal, earlyMib, lateMib } = made;
    const resume = await measureResume(dir, connection, finished);
    const [share, growth] = [callsPerSecond / ideal, lateMib / earlyMib];
    return {
      name: 'dataset',
      rows: [
        {
          ...{
            name: 'answers of an endpoint, 100 ms each, 64 at once',
            value: callsPerSecond,
            peer: ideal,
            unit: '1/s',
          },
          ...{ ratio: share, target: `≥ ${TARGET.share} × ideal`, ok: share >= TARGET.share },
        },
        { name: 'processor time of the worker for an answer', value: made.processorMs, unit: 'ms' },
        {
          ...{ name: 'memory in the last quarter beside the second', value: lateMib, peer: earlyMib, unit: 'MiB' },
          ...{ ratio: growth, target: `≤ ${TARGET.growth} ×`, ok: growth <= TARGET.growth },
        },
        { name: 'parts become a dataset', value: made.records / made.mergeSec, unit: 'records/s' },
        {
          ...{ name: `going on after ${finished} finished items`, value: resume.resumeSec, unit: 's' },
          ...{ target: `< ${TARGET.resumeSec} s`, ok: resume.resumeSec < TARGET.resumeSec },
        },
      ],
      notes: [
        `${cpus()[0]?.model ?? 'unknown processor'}, load average at the start ${load.toFixed(1)}`,
        `${items} items, ${made.records} records, base model and teacher at one endpoint; its process shares this machine`,
        `going on: from the request to the first report of what is done, dataset of ${finished} rows read and hashed; ` +
          `${resume.openShards} shards had only journals, ${resume.bytesMib.toFixed(0)} MiB of parts`,
      ],
    };
  } finally {
    await connection.close();
    if (service.kill()) await once(service, 'exit');
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
