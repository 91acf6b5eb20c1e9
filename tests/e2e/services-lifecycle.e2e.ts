import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { type JobRecord, SUBJECTS } from '@srvau/contracts';
import { JobClient, NatsLink, NatsServerProcess, REQUEST_ID_HEADER, ServiceClient } from '@srvau/messaging';
import { eventually } from './support/eventually';
import { ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

const SLOW_SERVICE = join(__dirname, 'support/slow-service.mjs');
let home: TempHome;
beforeEach(async () => {
  home = await tempHome();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

describe('a service whose NATS server dies', () => {
  it('says so, waits, and answers again without a restart of its own', async () => {
    const dir = join(home.dir, 'nats');
    let nats = await NatsServerProcess.start({ dir });
    const { port } = nats;
    await using service = await new ServiceProcess('training', { env: { SRVAU_NATS_URL: nats.url } }).ready();
    const link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
    const client = new ServiceClient(link);
    try {
      const before = await client.request(SUBJECTS.trainingInfo, {});
      for (let round = 0; round < 2; round += 1) {
        await nats.kill();
        expect(await service.readyz(503)).toEqual({ ready: false, reasons: ['NATS is not connected'] });
        expect((await service.http('/livez')).status).toBe(200);
        expect((await service.http('/metrics')).body).toContain('srvau_nats_connected 0');
        nats = await NatsServerProcess.start({ dir, port });
        await service.readyz(200);
        const after = await client.request(SUBJECTS.trainingInfo, {}, { timeoutMs: 30_000, retries: 100 });
        expect(after).toEqual(before);
        const jobs = await client.request(SUBJECTS.jobsList, {}, { timeoutMs: 30_000, retries: 100 });
        expect(jobs).toEqual({ jobs: [] });
      }
      await nats.kill();
      await service.readyz(503);
      // Nothing to wait for: the drain must not spend its whole time on a server that is not there.
      service.signal('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(service.log.map(({ msg }) => msg)).not.toContain('draining took too long; work under way is abandoned');
    } finally {
      await link.drain();
      await nats.kill();
    }
  });

  it('is up before NATS is, and becomes ready when NATS comes', async () => {
    const dir = join(home.dir, 'nats');
    const first = await NatsServerProcess.start({ dir });
    await first.stop();
    await using service = new ServiceProcess('evaluation', { env: { SRVAU_NATS_URL: first.url }, ipc: true });
    expect((await service.http('/livez')).status).toBe(200);
    expect(await service.readyz(503)).toEqual({ ready: false, reasons: ['starting', 'NATS is not connected'] });
    expect(service.messages).toEqual([]);
    const second = await NatsServerProcess.start({ dir, port: first.port });
    try {
      await service.readyz(200);
      const httpPort = (await service.logged('ready'))['httpPort'];
      await eventually('the parent is told', () => service.messages.length > 0);
      expect(service.messages).toEqual([{ type: 'ready', httpPort }]);
      expect(await service.stop()).toEqual({ code: 0, signal: null });
    } finally {
      await second.stop();
    }
  });

  it('ends on SIGTERM while it still waits for NATS', async () => {
    const env = { SRVAU_NATS_URL: 'nats://127.0.0.1:9' };
    await using service = new ServiceProcess('reward', { env });
    await service.readyz(503);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('SIGTERM', () => {
  let nats: NatsServerProcess;
  let client: NatsConnection;
  beforeEach(async () => {
    nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
    client = await connect({ servers: nats.url });
  });
  afterEach(async () => {
    await client.close();
    await nats.stop();
  });
  const slow = (env: Record<string, string> = {}): Promise<ServiceProcess> =>
    new ServiceProcess('reward', { program: SLOW_SERVICE, env: { SRVAU_NATS_URL: nats.url, ...env } }).ready();

  it('answers the request under way, takes no other, and exits 0', async () => {
    await using service = await slow();
    const file = join(home.dir, 'go');
    const reply = client.request('srvau.reward.wait', JSON.stringify({ file }), { timeout: 60_000 });
    await service.logged('waiting');
    service.signal('SIGTERM');
    expect(await service.readyz(503)).toEqual({ ready: false, reasons: ['draining: no new work is taken'] });
    await eventually('the service takes no more requests', () =>
      client.request('srvau.reward.wait', JSON.stringify({ file }), { timeout: 5_000 }).then(
        () => false,
        (error: Error) => /no responders/i.test(error.message),
      ),
    );
    await writeFile(file, '');
    expect((await reply).json()).toEqual({ waited: true });
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('gives up at the deadline with exit code 1', async () => {
    await using service = await slow({ SRVAU_DRAIN_MS: '300' });
    const reply = client.request('srvau.reward.wait', JSON.stringify({ file: join(home.dir, 'never') }), {
      timeout: 60_000,
    });
    reply.catch(() => undefined);
    await service.logged('waiting');
    expect(await service.stop()).toEqual({ code: 1, signal: null });
    expect(service.log.at(-1)).toMatchObject({ level: 'error', deadlineMs: 300 });
  });

  it('twice ends at once', async () => {
    await using service = await slow();
    const reply = client.request('srvau.reward.wait', JSON.stringify({ file: join(home.dir, 'never') }));
    reply.catch(() => undefined);
    await service.logged('waiting');
    service.signal('SIGTERM');
    await service.logged('draining');
    expect(await service.stop()).toEqual({ code: 1, signal: null });
  });

  it('hands a job under way over to the next worker, which does not count as an attempt', async () => {
    const link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
    const jobs = await JobClient.open(link);
    try {
      const { jobId } = await jobs.submit('dataset.ingest', { file: 'x' });
      await using first = await slow();
      expect(await first.logged('working')).toMatchObject({ jobId });
      expect((await first.http('/metrics')).body).toContain('srvau_jobs_running{kind="dataset.ingest"} 1');
      expect(await first.stop()).toEqual({ code: 0, signal: null });
      expect(await jobs.get(jobId)).toMatchObject({ state: 'queued', attempt: 0 });

      await using second = await slow();
      await second.logged('working');
      expect(await jobs.get(jobId)).toMatchObject({ state: 'running', attempt: 1 } satisfies Partial<JobRecord>);
      await jobs.cancel(jobId);
      await eventually('the job stops', async () => (await jobs.get(jobId)).state === 'cancelled');
    } finally {
      await link.drain();
    }
  });

  it('a fault that nobody catches is logged, drains, and ends with exit code 1', async () => {
    await using service = await slow();
    await client.request('srvau.reward.crash', '{}', { timeout: 30_000 });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const line = service.log.find(({ msg }) => msg === 'uncaught exception');
    expect(line).toMatchObject({ level: 'error', err: { message: 'a fault that nobody catches' } });
  });

  it('request ids come from the caller and stand in the log', async () => {
    await using service = await slow();
    const file = join(home.dir, 'go');
    await writeFile(file, '');
    const withId = headers();
    withId.set(REQUEST_ID_HEADER, 'request-1');
    await client.request('srvau.reward.wait', JSON.stringify({ file }), { timeout: 30_000, headers: withId });
    expect(await service.logged('waiting')).toMatchObject({ requestId: 'request-1' });
  });
});
