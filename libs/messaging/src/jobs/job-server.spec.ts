import { Controller, type INestMicroservice, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { EmptyRequest, IngestRequest, type JobRecord, silentLog, SrvauError } from '@srvau/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsHarness, until } from '../../test/harness';
import { JobClient } from './job-client';
import { type JobContext, JobHandler } from './job-handler';
import { JobServer, type JobServerOptions } from './job-server';
import { JobRecordStore, type StoredRecord } from './record-store';
import { consumerName, DEAD_STREAM, ensureWorker, JOB_BUCKET, WORK_STREAM } from './topology';

const KIND = 'dataset.ingest';
const request = (name: string): IngestRequest =>
  Object.assign(new IngestRequest(), { annotations: `file:///${name}`, videos: 'file:///v', out: 'file:///o' });

/** A worker process in miniature: a Nest app with one job handler, whose behaviour a spec gives. */
type Work = (request: IngestRequest, context: JobContext) => Promise<unknown>;

describe('durable jobs', () => {
  let nats: NatsHarness;
  let client: JobClient;
  const apps: INestMicroservice[] = [];

  beforeEach(async () => {
    nats = await NatsHarness.start();
    client = await JobClient.open(nats.link('client'));
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await nats.close();
  });

  async function worker(work: Work, options: Partial<JobServerOptions> & { concurrency?: number } = {}) {
    @Controller()
    class Handler {
      @JobHandler({ kind: KIND, request: IngestRequest, concurrency: options.concurrency ?? 1 })
      run(@Payload() body: IngestRequest, @Ctx() context: JobContext) {
        return work(body, context);
      }
    }
    const server = new JobServer({ link: nats.link('worker'), service: 'spec', leaseMs: 1_200, ...options });
    const app = await NestFactory.createMicroservice(moduleOf(Handler), { strategy: server, logger: false });
    await app.listen();
    apps.push(app);
    return { server, app };
  }

  const ended = async (jobId: string): Promise<JobRecord> => {
    await until(`job ${jobId} has ended`, async () =>
      ['succeeded', 'failed', 'cancelled'].includes((await client.get(jobId)).state),
    );
    return client.get(jobId);
  };

  it('runs a job once and keeps its result', async () => {
    const seen: string[] = [];
    const { jobId, created } = await client.submit(KIND, request('a'));
    expect(created).toBe(true);
    expect(await client.get(jobId)).toMatchObject({ state: 'queued', attempt: 0, kind: KIND });
    await worker(async (body, context) => {
      seen.push(`${body.annotations} ${body instanceof IngestRequest} ${context.attempt}`);
      return { rows: 3 };
    });
    expect(await ended(jobId)).toMatchObject({ state: 'succeeded', attempt: 1, result: { rows: 3 } });
    expect(seen).toEqual(['file:///a true 1']);
    await until('the queue is empty', async () => (await client.backlog()) === 0);
  });

  it('gives the same job for the same idempotency key, and refuses the key for another request', async () => {
    const first = await client.submit(KIND, request('a'), { idempotencyKey: 'k' });
    const second = await client.submit(KIND, request('a'), { idempotencyKey: 'k' });
    expect(second).toEqual({ jobId: first.jobId, created: false });
    await expect(client.submit(KIND, request('b'), { idempotencyKey: 'k' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    let runs = 0;
    await worker(async () => (runs += 1));
    await ended(first.jobId);
    expect(await client.submit(KIND, request('a'), { idempotencyKey: 'k' })).toEqual({
      jobId: first.jobId,
      created: false,
    });
    expect(runs).toBe(1);
  });

  it('gives one job to twenty submissions of one key at the same time', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => client.submit(KIND, request('a'), { idempotencyKey: 'k' })),
    );
    expect(new Set(all.map(({ jobId }) => jobId)).size).toBe(1);
    expect(all.filter(({ created }) => created)).toHaveLength(1);
    expect(await client.backlog()).toBe(1);
  });

  it('holds a job for many times the lease while the worker lives', async () => {
    let runs = 0;
    const { jobId } = await client.submit(KIND, request('long'));
    const work: Work = async () => {
      runs += 1;
      await sleep(6_000);
      return runs;
    };
    await Promise.all([worker(work), worker(work)]);
    expect(await ended(jobId)).toMatchObject({ state: 'succeeded', attempt: 1, result: 1 });
    expect(runs).toBe(1);
  });

  it('shares jobs between workers, each run once', async () => {
    const runs = new Map<string, number>();
    const work: Work = async (body) => void runs.set(body.annotations, (runs.get(body.annotations) ?? 0) + 1);
    await Promise.all([worker(work, { concurrency: 8 }), worker(work, { concurrency: 8 })]);
    const jobs = await Promise.all(Array.from({ length: 200 }, (_, i) => client.submit(KIND, request(String(i)))));
    await Promise.all(jobs.map(({ jobId }) => ended(jobId)));
    expect([...runs.values()]).toEqual(Array.from({ length: 200 }, () => 1));
  });

  it('reports progress and ends the watch with the result', async () => {
    await worker(async (_body, context) => {
      for (let done = 0; done <= 3; done += 1) {
        context.progress({ stage: 'videos', done, total: 3, unit: 'videos' });
        await sleep(250);
      }
      return 'ok';
    });
    const { jobId } = await client.submit(KIND, request('a'));
    const seen: JobRecord[] = [];
    for await (const record of client.watch(jobId, new AbortController().signal)) seen.push(record);
    expect(seen.at(-1)).toMatchObject({ state: 'succeeded', result: 'ok', progress: { done: 3, total: 3 } });
    const steps = seen.map((record) => record.progress?.done ?? -1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(new Set(steps).size).toBeGreaterThanOrEqual(4);
  });

  it('cancels a queued job at once and a running one through its signal', async () => {
    const queued = await client.submit(KIND, request('queued'));
    expect(await client.cancel(queued.jobId)).toMatchObject({ state: 'cancelled' });
    const reasons: string[] = [];
    await worker(async (body, context) => {
      reasons.push(body.annotations);
      await new Promise<void>((done) => context.signal.addEventListener('abort', () => done()));
      throw context.signal.reason;
    });
    const running = await client.submit(KIND, request('running'));
    await until('the job runs', async () => (await client.get(running.jobId)).state === 'running');
    await client.cancel(running.jobId);
    expect(await ended(running.jobId)).toMatchObject({ state: 'cancelled' });
    expect(reasons).toEqual(['file:///running']);
    await expect(client.cancel(running.jobId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await until('no message is left', async () => (await client.backlog()) === 0);
  });

  it('cancels a job whose worker shut down before it could obey', async () => {
    const { jobId } = await client.submit(KIND, request('a'));
    const records = await JobRecordStore.open(await nats.link().connection());
    const first = await worker(async (_body, context) => {
      await new Promise<void>((done) => context.signal.addEventListener('abort', () => done()));
      throw context.signal.reason;
    });
    await until('the job runs', async () => (await client.get(jobId)).state === 'running');
    apps.splice(apps.indexOf(first.app), 1);
    // Written without the nudge that tells the worker, as if that had been lost.
    const closing = first.app.close();
    await until('the request stands in the record', async () => {
      const entry = (await records.get(jobId)) as StoredRecord;
      const next = { ...entry.record, cancelRequestedAt: new Date().toISOString() };
      return records.update(next, entry.revision).then(
        () => true,
        () => false,
      );
    });
    await closing;
    let runs = 0;
    await worker(async () => (runs += 1));
    expect(await ended(jobId)).toMatchObject({ state: 'cancelled' });
    expect(runs).toBe(0);
    await until('no message is left', async () => (await client.backlog()) === 0);
  });

  it('resumes a cancelled and a failed job under its id', async () => {
    let fail = true;
    await worker(async (_body, context) => {
      if (fail) throw new SrvauError('UNPROCESSABLE', 'the file is broken');
      return context.attempt;
    });
    const { jobId } = await client.submit(KIND, request('a'));
    expect(await ended(jobId)).toMatchObject({
      state: 'failed',
      error: { code: 'UNPROCESSABLE', message: 'the file is broken' },
    });
    fail = false;
    const resumed = await client.resume(jobId);
    expect(resumed).toMatchObject({ state: 'queued', attempt: 0 });
    expect(resumed.error).toBeUndefined();
    expect(await ended(jobId)).toMatchObject({ state: 'succeeded', result: 1 });
    await expect(client.resume(jobId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(client.get('no-such-job')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('repairs a resume that died before it queued the job', async () => {
    const { jobId } = await client.submit(KIND, request('a'));
    await client.cancel(jobId);
    const connection = await nats.link().connection();
    // What such a resume leaves: a record that says queued, and no message.
    const records = await JobRecordStore.open(connection);
    const entry = (await records.get(jobId)) as StoredRecord;
    const { cancelRequestedAt: _cancel, finishedAt: _end, ...kept } = entry.record;
    await records.update({ ...kept, state: 'queued' }, entry.revision);
    await (await jetstream(connection).jetstreamManager()).streams.purge(WORK_STREAM);
    expect(await client.resume(jobId)).toMatchObject({ state: 'queued' });
    await expect(client.resume(jobId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await worker(async () => 'ok');
    expect(await ended(jobId)).toMatchObject({ state: 'succeeded' });
  });

  it('waits longer from failure to failure, and anew from the first pause after one that got further', async () => {
    const reached = [undefined, undefined, 5, 9, 9];
    const pauses: unknown[] = [];
    const warn = (fields: unknown): void => void pauses.push((fields as { delayMs?: number }).delayMs);
    const log = { ...silentLog, warn };
    const work: Work = async (_body, { attempt, progress }) => {
      const done = reached[attempt - 1];
      if (done !== undefined) progress({ stage: 'videos', done, total: 10, unit: 'videos' });
      if (attempt <= reached.length) throw new TypeError('bug');
    };
    await worker(work, { log, retryMs: 10 });
    const { jobId } = await client.submit(KIND, request('a'), { maxAttempts: 9 });
    expect(await ended(jobId)).toMatchObject({ state: 'succeeded', attempt: 6 });
    expect(pauses.filter((pause) => pause !== undefined)).toEqual([10, 20, 10, 10, 20]);
  });

  it('tries again after an unexpected error, and buries the job after its last attempt', async () => {
    const attempts: number[] = [];
    await worker(async (_body, context) => {
      attempts.push(context.attempt);
      throw new TypeError('bug');
    });
    const { jobId } = await client.submit(KIND, request('a'), { maxAttempts: 2 });
    expect(await ended(jobId)).toMatchObject({ state: 'failed', attempt: 2, error: { code: 'INTERNAL' } });
    expect(attempts).toEqual([1, 2]);
    const letter = await deadLetter();
    expect(letter).toMatchObject({ id: jobId, error: { code: 'INTERNAL' }, request: { annotations: 'file:///a' } });
  });

  it('buries a message that is no job, and a request that no longer validates, and works on', async () => {
    const link = nats.link();
    await jetstream(await link.connection()).publish(`srvau.work.${KIND}.garbage1`, 'not json');
    const wrong = await client.submit(KIND, { annotations: 5 } as unknown as EmptyRequest);
    const good = await client.submit(KIND, request('good'));
    await worker(async () => 'ok');
    expect(await ended(wrong.jobId)).toMatchObject({ state: 'failed', error: { code: 'INVALID_REQUEST' } });
    expect(await ended(good.jobId)).toMatchObject({ state: 'succeeded' });
    await until('the queue is empty', async () => (await client.backlog()) === 0);
  });

  it('leaves a job that runs elsewhere alone when it shuts down before it can tell whether that worker lives', async () => {
    const { jobId } = await client.submit(KIND, request('a'), { idempotencyKey: 'k' });
    const link = nats.link('other');
    const records = await JobRecordStore.open(await link.connection());
    const queued = await client.get(jobId);
    const held = await records.create({ ...queued, state: 'running', attempt: 1, worker: 'other' });
    const { server } = await worker(async () => 'taken', { leaseMs: 60_000 });
    const streams = await jetstreamManager(await link.connection());
    await until('the worker has met the job', async () => {
      const { num_ack_pending } = await streams.consumers.info(WORK_STREAM, consumerName(KIND));
      return num_ack_pending === 1;
    });
    await server.close();
    expect(await records.get(jobId)).toEqual(held);
  });

  it('is not disturbed by what others put on its subjects and keys', async () => {
    const connection = await nats.link().connection();
    const streams = jetstream(connection);
    const kv = await new Kvm(connection).create(JOB_BUCKET);
    const { jobId } = await client.submit(KIND, request('good'));
    for (const garbage of ['{', 'null', '{}', '[]', '"x"', `{"id":"aaaaaaaa1","kind":"${KIND}","maxAttempts":-1}`]) {
      connection.publish(`srvau.events.${jobId}`, garbage);
      connection.publish(`srvau.control.${jobId}`, garbage);
      await kv.put('garbage-record', garbage);
      await streams.publish(`srvau.work.${KIND}.aaaaaaaa1`, garbage);
      await streams.publish('srvau.work.no.body.aaaaaaaa2', garbage);
    }
    await streams.publish(`srvau.work.${KIND}.b$d!`, JSON.stringify({ id: 'b$d!', kind: KIND, maxAttempts: 1 }));
    expect((await client.list()).map(({ id }) => id)).toEqual([jobId]);
    await kv.put('damaged-job', 'garbage');
    await streams.publish(`srvau.work.${KIND}.damaged-job`, JSON.stringify(itemOf('damaged-job')));
    await expect(client.get('damaged-job')).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    const watched: JobRecord[] = [];
    const watching = (async () => {
      for await (const record of client.watch(jobId, new AbortController().signal)) {
        if (watched.push(record) === 1) connection.publish(`srvau.events.${jobId}`, 'garbage');
      }
    })();
    await until('the watch has begun', () => watched.length > 0);
    await worker(async () => 'ok');
    await watching;
    expect(watched.at(-1)).toMatchObject({ state: 'succeeded' });
    // What has no worker stays; everything on our kind is settled.
    await until('all of our kind is settled', async () => (await client.backlog()) === 6);
    expect(await streams.jetstreamManager().then((manager) => manager.streams.info(DEAD_STREAM))).toMatchObject({
      state: { messages: 8 },
    });
  });

  it('hands a running job over when its worker shuts down, without counting an attempt', async () => {
    const attempts: number[] = [];
    const first = await worker(async (_body, context) => {
      attempts.push(context.attempt);
      await new Promise<void>((done) => context.signal.addEventListener('abort', () => done()));
      throw context.signal.reason;
    });
    const { jobId } = await client.submit(KIND, request('a'), { maxAttempts: 1 });
    await until('the job runs', async () => (await client.get(jobId)).state === 'running');
    apps.splice(apps.indexOf(first.app), 1);
    await first.app.close();
    expect(await client.get(jobId)).toMatchObject({ state: 'queued', attempt: 0 });
    await worker(async (_body, context) => attempts.push(context.attempt));
    expect(await ended(jobId)).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(attempts).toEqual([1, 1]);
  });

  it('goes on with everything after nats-server is killed and restarted', async () => {
    const runs: string[] = [];
    await worker(async (body) => {
      runs.push(body.annotations);
      await sleep(2_000);
      return 'ok';
    });
    const running = await client.submit(KIND, request('running'));
    const waiting = await client.submit(KIND, request('waiting'));
    await until('a job runs', () => runs.length === 1);
    await nats.kill();
    await sleep(500);
    await nats.restart();
    expect(await ended(running.jobId)).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(await ended(waiting.jobId)).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(runs).toEqual(['file:///running', 'file:///waiting']);
  });

  it('gets work back that the server keeps to itself', async () => {
    const { jobId } = await client.submit(KIND, request('stuck'));
    const connection = await nats.link('holder').connection();
    await ensureWorker(connection, KIND, 300);
    // Somebody holds the message for ever and works on nothing: to workers a stalled server looks the same.
    const consumer = await jetstream(connection).consumers.get(WORK_STREAM, consumerName(KIND));
    const held = await consumer.next({ expires: 5_000 });
    const holding = setInterval(() => held?.working(), 50);
    try {
      await worker(async () => ({ rows: 1 }), { leaseMs: 300 });
      expect(await ended(jobId)).toMatchObject({ state: 'succeeded', attempt: 1 });
    } finally {
      clearInterval(holding);
    }
  });

  it('lists jobs newest first, waiting ones too', async () => {
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push((await client.submit(KIND, request(name))).jobId);
    await client.cancel(ids[1] as string);
    expect((await client.list()).map(({ id }) => id)).toEqual([...ids].reverse());
    expect((await client.list({ state: 'queued' })).map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    expect((await client.list({ limit: 1 })).map(({ id }) => id)).toEqual([ids[2]]);
  });

  async function deadLetter(): Promise<JobRecord> {
    const streams = jetstream(await nats.link().connection());
    const manager = await streams.jetstreamManager();
    const message = await manager.streams.getMessage(DEAD_STREAM, { seq: 1 });
    return message?.json<JobRecord>() as JobRecord;
  }
});

const itemOf = (id: string): object => ({
  id,
  kind: KIND,
  request: request('x'),
  maxAttempts: 1,
  submittedAt: new Date().toISOString(),
});

function moduleOf(controller: Type): Type {
  @Module({ controllers: [controller] })
  class SpecModule {}
  return SpecModule;
}
