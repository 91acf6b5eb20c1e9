import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { IngestSummary, JobAccepted, JobRecord } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { endOfJob } from './support/end-of-job';
import { eventually } from './support/eventually';
import { ServiceProcess } from './support/service-process';
import { GatedVideos } from './support/gated-videos';
import { type TempHome, tempHome } from './support/temp-home';

const DEADLINE_MS = 120_000;
const CLIPS = 5;

jest.setTimeout(180_000);

/** Two workers on one queue, and what may befall them in the middle of a job. */
describe('ingest jobs under faults', () => {
  let home: TempHome;
  let nats: NatsServerProcess;
  let client: NatsConnection;
  let clips: GatedVideos;
  const workers: ServiceProcess[] = [];

  beforeEach(async () => {
    home = await tempHome();
    nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
    clips = await GatedVideos.create(home.dir, CLIPS);
    client = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    workers.push(startWorker('one'), startWorker('two'));
    await Promise.all(workers.map((worker) => worker.ready()));
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker[Symbol.asyncDispose]()));
    await client.close();
    await nats.kill();
    await home[Symbol.asyncDispose]();
  });

  function startWorker(name: string): ServiceProcess {
    const env = {
      SRVAU_NATS_URL: nats.url,
      SRVAU_HOME: join(home.dir, name),
      SRVAU_FILE_ROOTS: home.dir,
      SRVAU_JOB_LEASE_MS: '3000',
      ...(clips.env as Record<string, string>),
    };
    return new ServiceProcess('dataset', { env });
  }

  async function submit(out: string): Promise<string> {
    const request = {
      annotations: pathToFileURL(clips.annotations).href,
      videos: pathToFileURL(clips.videos).href,
      out: pathToFileURL(join(home.dir, out)).href,
    };
    const reply = await client.request('srvau.dataset.ingest', JSON.stringify(request), { timeout: 20_000 });
    return reply.json<JobAccepted>().jobId;
  }

  async function job(jobId: string): Promise<JobRecord> {
    const reply = await client.request('srvau.jobs.get', JSON.stringify({ jobId }), { timeout: 5_000 });
    return reply.json<JobRecord>();
  }

  /** Waits until the job cannot go on before the gate opens, with some videos done and some not. */
  async function inTheMiddle(jobId: string, out: string): Promise<JobRecord> {
    await clips.underWay(join(home.dir, out));
    return job(jobId);
  }

  async function expectWhole(jobId: string, out: string): Promise<JobRecord> {
    const record = await endOfJob(jobId, job, DEADLINE_MS);
    expect(record).toMatchObject({ state: 'succeeded' });
    expect(record.result as IngestSummary).toMatchObject({ rows: CLIPS, videosFound: CLIPS, videosMissing: 0 });
    const lines = (await readFile(join(home.dir, out, 'manifest.jsonl'), 'utf8')).trim().split('\n');
    const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toHaveLength(CLIPS);
    expect(new Set(ids).size).toBe(CLIPS);
    return record;
  }

  it('shares jobs between two workers, each row once', async () => {
    const outs = ['a', 'b', 'c'];
    const ids = await Promise.all(outs.map(submit));
    await eventually('two jobs run', async () => {
      const running = (await Promise.all(ids.map(job))).filter(({ state }) => state === 'running');
      return new Set(running.map(({ worker }) => worker)).size === 2;
    });
    await clips.open();
    const records = await Promise.all(ids.map((id, i) => expectWhole(id, outs[i] as string)));
    expect(records.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  it('goes on with the other worker when the one that holds the job is killed', async () => {
    const jobId = await submit('out');
    const { worker } = await inTheMiddle(jobId, 'out');
    const holder = workers.find(({ pid }) => worker?.includes(`/${pid}/`));
    holder?.signal('SIGKILL');
    await clips.open();
    const record = await expectWhole(jobId, 'out');
    expect(record.attempt).toBe(2);
    expect(record.worker).not.toBe(worker);
  });

  it('goes on when nats-server is killed in the middle and comes back', async () => {
    const jobId = await submit('out');
    await inTheMiddle(jobId, 'out');
    const { port } = nats;
    await nats.kill();
    nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats'), port });
    await clips.open();
    await expectWhole(jobId, 'out');
  });

  it('loses nothing when server and worker are killed together', async () => {
    const jobId = await submit('out');
    const { worker } = await inTheMiddle(jobId, 'out');
    const { port } = nats;
    await nats.kill();
    workers.find(({ pid }) => worker?.includes(`/${pid}/`))?.signal('SIGKILL');
    nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats'), port });
    await clips.open();
    await expectWhole(jobId, 'out');
  });

  it('stops a running job that is cancelled, and resumes it to the whole', async () => {
    const jobId = await submit('out');
    await inTheMiddle(jobId, 'out');
    await client.request('srvau.jobs.cancel', JSON.stringify({ jobId }), { timeout: 5_000 });
    await eventually('the job is cancelled', async () => (await job(jobId)).state === 'cancelled', DEADLINE_MS);
    await clips.open();
    await client.request('srvau.jobs.resume', JSON.stringify({ jobId }), { timeout: 5_000 });
    await expectWhole(jobId, 'out');
  });
});
