import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IngestRequest } from '@srvau/contracts';
import { JobClient, JobHandler, JobServer, NatsLink } from '@srvau/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchReport } from '../report';

const JOBS = 20_000;
const IN_FLIGHT = 512;
const SUBMIT_TARGET = 5_000;
const RUN_TARGET = 2_000;

@Controller()
class SmallJobs {
  @JobHandler({ kind: 'dataset.ingest', request: IngestRequest, concurrency: 256 })
  run(): Promise<null> {
    return Promise.resolve(null);
  }
}

@Module({ controllers: [SmallJobs] })
class SmallJobsModule {}

/** How fast small jobs are put on disk in the queue, and then run to completion by one worker. */
export async function benchJobs(url: string): Promise<BenchReport> {
  const link = new NatsLink({ config: { servers: [url] }, name: 'bench-jobs' });
  const client = await JobClient.open(link);
  const request = Object.assign(new IngestRequest(), {
    annotations: 'file:///a',
    videos: 'file:///v',
    out: 'file:///o',
  });

  const submitting = performance.now();
  let left = JOBS;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await client.submit('dataset.ingest', request);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const submitted = JOBS / ((performance.now() - submitting) / 1000);

  const strategy = new JobServer({ link, service: 'bench' });
  const app = await NestFactory.createMicroservice(SmallJobsModule, { strategy, logger: false });
  const running = performance.now();
  await app.listen();
  while ((await client.backlog()) > 0) await sleep(20);
  const completed = JOBS / ((performance.now() - running) / 1000);
  await app.close();
  await link.drain();
  return {
    name: 'messaging: durable jobs',
    rows: [
      {
        name: 'submitted',
        value: submitted,
        unit: 'jobs/s',
        target: `≥ ${SUBMIT_TARGET}`,
        ok: submitted >= SUBMIT_TARGET,
      },
      {
        name: 'run to completion, one worker',
        value: completed,
        unit: 'jobs/s',
        target: `≥ ${RUN_TARGET}`,
        ok: completed >= RUN_TARGET,
      },
    ],
  };
}
