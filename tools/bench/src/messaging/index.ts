import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsServerProcess } from '@srvau/messaging';
import type { BenchReport } from '../report';
import { benchJobs } from './jobs';
import { benchRequestReply } from './request-reply';

export async function benchMessaging(): Promise<BenchReport[]> {
  const dir = await mkdtemp(join(tmpdir(), 'srvau-bench-'));
  const nats = await NatsServerProcess.start({ dir });
  try {
    return [await benchRequestReply(nats.url), await benchJobs(nats.url)];
  } finally {
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
