import { readdir } from 'node:fs/promises';
import { startFakeOpenai } from '../../libs/models/test/fake-openai/server.mjs';
import type { BuildRequest } from '@srvau/contracts';
import { BuildCluster } from './support/build-cluster';
import { eventually } from './support/eventually';
import { NO_SMALL_DISK, SmallDisk } from './support/small-disk';

jest.setTimeout(240_000);

const ITEMS = 120;
const onSmallDisk = NO_SMALL_DISK === undefined ? it : it.skip;
const notHere = NO_SMALL_DISK === undefined ? '' : `; not tested here: ${NO_SMALL_DISK}`;
type Fake = Awaited<ReturnType<typeof startFakeOpenai>>;

/** A build whose teacher takes its time, and what may befall everybody in the middle of it. */
describe('builds under faults', () => {
  let cluster: BuildCluster;
  let teacher: Fake;
  /** What a build that nothing befell has written. */
  let expected: Record<string, string>;

  beforeAll(async () => {
    cluster = await BuildCluster.start();
    teacher = await startFakeOpenai({ latencyMs: 60, keeps: false });
    await cluster.addWorker();
    await cluster.summary(await cluster.submit('reference', slow()));
    expected = await cluster.contents('reference');
    expect(Object.keys(expected)).toEqual(['dataset.json', 'records.jsonl', 'records.parquet', 'rejects.jsonl']);
    expect(lines(expected['records.jsonl'])).toHaveLength(ITEMS);
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await teacher.close();
  });

  /** Two living workers at the start of each story. */
  beforeEach(async () => {
    const living = cluster.workers.filter((worker) => worker.isRunning);
    cluster.workers.splice(0, Infinity, ...living);
    while (cluster.workers.length < 2) await cluster.addWorker();
  });

  /** Two answers at a time, so that there is a middle. */
  const slow = (change: Partial<BuildRequest> = {}): Partial<BuildRequest> => ({
    teacher: `openai:${teacher.url}#fake?concurrency=2`,
    teacherSees: 'text',
    ...change,
  });

  async function expectWhole(jobId: string, out: string): Promise<void> {
    expect(await cluster.summary(jobId)).toMatchObject({ items: ITEMS, records: ITEMS, rejects: 0, stoppedBy: null });
    expect(await cluster.contents(out)).toEqual(expected);
  }

  it('shares the shards between workers', async () => {
    const before = new Set((await cluster.shardJobs()).map(({ id }) => id));
    const jobId = await cluster.submit('shared', slow());
    await expectWhole(jobId, 'shared');
    const own = (await cluster.shardJobs()).filter(({ id }) => !before.has(id));
    expect(own).toHaveLength(ITEMS / 5);
    expect(new Set(own.map(({ worker }) => worker)).size).toBe(2);
    expect(own.every(({ state, attempt }) => state === 'succeeded' && attempt === 1)).toBe(true);
  });

  it.each(['holds the build', 'does not hold the build'])(
    'goes on when the worker that %s is killed',
    async (which) => {
      const out = `killed ${which}`;
      const jobId = await cluster.submit(out, slow());
      await cluster.underWay(out, 10);
      const { worker } = await cluster.job(jobId);
      const holds = (pid: number): boolean => worker?.includes(`/${pid}/`) === true;
      const victim = cluster.workers.find(({ pid }) => holds(pid) === (which === 'holds the build'));
      victim?.signal('SIGKILL');
      await expectWhole(jobId, out);
    },
  );

  it('goes on when nats-server is killed and comes back', async () => {
    const jobId = await cluster.submit('server killed', slow());
    await cluster.underWay('server killed', 10);
    await cluster.killNats();
    await cluster.restartNats();
    await expectWhole(jobId, 'server killed');
  });

  it('goes on when everybody is killed at once, twice', async () => {
    const jobId = await cluster.submit('power cut', slow());
    for (const items of [5, 50]) {
      await cluster.underWay('power cut', items);
      await cluster.killNats();
      for (const worker of cluster.workers) worker.signal('SIGKILL');
      await Promise.all(cluster.workers.splice(0).map(({ exited }) => exited));
      await cluster.restartNats();
      // A server that was killed may keep work to itself, which a worker notices after some leases.
      await cluster.addWorker({ env: { SRVAU_JOB_LEASE_MS: '1000' } });
    }
    await expectWhole(jobId, 'power cut');
  });

  it('hands over on shutdown, without an attempt being lost', async () => {
    const jobId = await cluster.submit('handed over', slow());
    await cluster.underWay('handed over', 10);
    const first = cluster.workers[0];
    expect(await first?.stop()).toMatchObject({ code: 0 });
    await expectWhole(jobId, 'handed over');
    expect(await cluster.job(jobId)).toMatchObject({ attempt: 1 });
  });

  it('waits for a teacher that is down, says so, and goes on when it is back', async () => {
    const { port } = teacher;
    const jobId = await cluster.submit('teacher down', slow());
    await cluster.underWay('teacher down', 10);
    await teacher.close();
    const waiting = await eventually(
      'the build waits',
      async () => {
        const record = await cluster.job(jobId);
        return record.progress?.stage.startsWith('waiting for the teacher') === true && record;
      },
      60_000,
    );
    expect(waiting).toMatchObject({ state: 'running', attempt: 1, progress: { unit: 'items', total: ITEMS } });
    const done = await cluster.finishedItems('teacher down');
    teacher = await startFakeOpenai({ latencyMs: 60, keeps: false, port });
    expect(done).toBeLessThan(ITEMS);
    await expectWhole(jobId, 'teacher down');
  });

  it('stops when it is cancelled, and is resumed to the whole', async () => {
    const jobId = await cluster.submit('cancelled', slow());
    await cluster.underWay('cancelled', 10);
    await cluster.ask('srvau.jobs.cancel', { jobId });
    expect(await cluster.ended(jobId)).toMatchObject({ state: 'cancelled' });
    await eventually('its shards are over', async () =>
      (await cluster.shardJobs()).every(({ state }) => state !== 'running' && state !== 'queued'),
    );
    const done = await cluster.finishedItems('cancelled');
    expect(done).toBeLessThan(ITEMS);
    await cluster.ask('srvau.jobs.resume', { jobId });
    await expectWhole(jobId, 'cancelled');
  });

  onSmallDisk(`fails cleanly on a full disk, and goes on once there is room${notHere}`, async () => {
    // Nobody else sees that disk, so nobody else may take a part of the build.
    await Promise.all(cluster.workers.splice(0).map((worker) => worker.stop()));
    const disk = await SmallDisk.at(cluster.path('small disk'));
    await using worker = await cluster.addWorker({ launcher: disk.launcher(260) });
    const out = 'small disk/out';
    const seen = disk.through(worker.pid, 'out');
    const record = await cluster.ended(await cluster.submit(out, slow()));
    expect(record).toMatchObject({ state: 'failed', error: { code: 'UNPROCESSABLE' } });
    expect(record.error?.message).toMatch(/shard \d+: .*expected free space, received a full disk/);
    const kept = await cluster.finishedItems(seen);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(ITEMS);
    await disk.makeRoom(worker.pid);
    await expectWhole(await cluster.submit(out, slow()), seen);
    expect(await readdir(cluster.path('small disk'))).toEqual([]);
  });

  it('begins no further item once a budget is spent, and goes on under a larger one', async () => {
    const first = await cluster.summary(await cluster.submit('budget', slow({ budget: { maxTokens: 5000 } })));
    expect(first.stoppedBy).toBe('max-tokens');
    expect(first.usage.promptTokens + first.usage.completionTokens).toBeGreaterThanOrEqual(5000);
    expect(first.records).toBeLessThan(ITEMS);
    const again = await cluster.summary(await cluster.submit('budget', slow({ budget: { maxTokens: 5000 } })));
    expect(again).toEqual(first);
    await cluster.summary(await cluster.submit('budget', slow()));
    const { 'dataset.json': _card, ...files } = await cluster.contents('budget');
    const { 'dataset.json': _other, ...reference } = expected;
    expect(files).toEqual(reference);

    const some = await cluster.summary(await cluster.submit('records', slow({ budget: { maxRecords: 33 } })));
    expect(some).toMatchObject({ records: 33, stoppedBy: 'max-records' });
    expect(lines((await cluster.contents('records'))['records.jsonl'])).toEqual(
      lines(expected['records.jsonl']).slice(0, 33),
    );
  });
});

const lines = (base64 = ''): string[] => Buffer.from(base64, 'base64').toString('utf8').trimEnd().split('\n');
