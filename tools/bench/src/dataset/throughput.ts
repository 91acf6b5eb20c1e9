import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import type { BuildSummary } from '@srvau/contracts';
import { fileUri } from '@srvau/storage';
import { median } from '../statistics';
import { runBuild } from './follow';
import { processorSec, residentMib, startEndpoint } from './processes';
import { writeDataset } from './rows';

const CONCURRENCY = 64;
const LATENCY_MS = 100;
const CALLS_PER_ITEM = 2;
const SAMPLE_MS = 500;

export interface Throughput {
  records: number;
  /** Answers a second, from the first report that items are worked on to the last item. */
  callsPerSecond: number;
  /** `CONCURRENCY` answers every `LATENCY_MS`. */
  ideal: number;
  /** Median resident memory of the service while the second, and while the last quarter was made. */
  earlyMib: number;
  lateMib: number;
  /** Of the worker's, per answer: what the rate comes to on a machine that has nothing else to do. */
  processorMs: number;
  /** Of the end, in which parts become the dataset. */
  mergeSec: number;
}

/** A whole build by one worker against an endpoint that takes its time and answers whatever comes at once. */
export async function measureThroughput(
  dir: string,
  connection: NatsConnection,
  servicePid: number,
  items: number,
): Promise<Throughput> {
  await writeDataset(join(dir, 'rows'), items);
  const endpoint = await startEndpoint(LATENCY_MS);
  const samples: { done: number; mib: number }[] = [];
  let done = 0;
  let startedAt = NaN;
  let doneAt = NaN;
  let usedSec = NaN;
  const before = await processorSec(servicePid);
  const sampling = setInterval(() => {
    void residentMib(servicePid).then((mib) => samples.push({ done, mib }));
  }, SAMPLE_MS);
  try {
    const model = `openai:${endpoint.url}#bench?concurrency=${CONCURRENCY}&video=url`;
    const request = {
      ...{ dataset: fileUri(join(dir, 'rows')), out: fileUri(join(dir, 'throughput')), model, teacher: model },
      ...{ tasks: ['qa' as const], teacherSees: 'text' as const, fps: 1 },
    };
    const record = await runBuild(connection, request, (progress) => {
      if (progress.stage !== 'items') return undefined;
      done = progress.done;
      if (Number.isNaN(startedAt)) startedAt = performance.now();
      if (done === items && Number.isNaN(doneAt)) {
        doneAt = performance.now();
        void processorSec(servicePid).then((after) => (usedSec = after - before));
      }
      return undefined;
    });
    const endedAt = performance.now();
    if (record.state !== 'succeeded') throw new Error(`the build ${record.state}: ${JSON.stringify(record.error)}`);
    const { records, rejectedFor } = record.result as BuildSummary;
    if (records !== items)
      throw new Error(`expected ${items} records, received ${records}: ${JSON.stringify(rejectedFor)}`);
    const quarter = (n: number): number =>
      median(
        samples.filter(({ done: at }) => at > (items / 4) * (n - 1) && at <= (items / 4) * n).map(({ mib }) => mib),
      );
    return {
      records,
      callsPerSecond: (items * CALLS_PER_ITEM * 1000) / (doneAt - startedAt),
      ideal: (CONCURRENCY * 1000) / LATENCY_MS,
      earlyMib: quarter(2),
      lateMib: quarter(4),
      processorMs: (usedSec * 1000) / (items * CALLS_PER_ITEM),
      mergeSec: (endedAt - doneAt) / 1000,
    };
  } finally {
    clearInterval(sampling);
    await endpoint.stop();
  }
}
