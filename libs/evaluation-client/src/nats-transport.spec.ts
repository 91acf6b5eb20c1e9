import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { eventSubject, type JobRecord, SUBJECTS, type WireError } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { EvaluationClient } from './evaluation-client';

let dir: string;
let server: NatsServerProcess;
let service: NatsConnection;
let client: EvaluationClient;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'evaluation-client-'));
  server = await NatsServerProcess.start({ dir });
  service = await connect({ servers: server.url });
  client = await EvaluationClient.connect({ servers: server.url });
});
afterAll(async () => {
  await client.close();
  await service.close();
  await server.stop();
  await rm(dir, { recursive: true });
});

/**
 * Answers the subject with these, one a request, the last one again and again. The flushes are there as requests come over
 * another connection: the server must know of the subscription, and of its end, before the next of them.
 */
async function answer(subject: string, replies: readonly object[]): Promise<{ asked: object[] } & AsyncDisposable> {
  const asked: object[] = [];
  const subscription = service.subscribe(subject, {
    callback: (_, message) => {
      const reply = replies[Math.min(asked.length, replies.length - 1)];
      asked.push(message.json<object>());
      message.respond(JSON.stringify(reply));
    },
  });
  await service.flush();
  return {
    asked,
    async [Symbol.asyncDispose]() {
      subscription.unsubscribe();
      await service.flush();
    },
  };
}

const rows = { predictions: [{ id: 'a', answer: 'B' }], references: [{ id: 'a', task: 'qa' as const, label: 'B' }] };
const busy: { error: WireError } = { error: { code: 'BUSY', message: 'full', retryAfterMs: 20 } };

describe('calls over NATS', () => {
  it('wait out a service that is busy', async () => {
    await using scorer = await answer(SUBJECTS.evaluationScore, [busy, busy, { qa: {} }]);
    expect(await client.score(rows)).toEqual({ qa: {} });
    expect(scorer.asked).toHaveLength(3);
    expect(scorer.asked[0]).toEqual({ ...rows, idempotencyKey: expect.any(String) as string });
    expect(scorer.asked[2]).toEqual(scorer.asked[0]);
  });

  it('tell when nobody answers, and that a message is too large', async () => {
    await expect(client.score(rows, { retries: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const references = Array.from({ length: 9_000 }, (_, i) => ({ id: `${i}${'x'.repeat(500)}`, task: 'qa' as const }));
    await expect(client.score({ ...rows, references })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('follow a job by its events', async () => {
    const job: Partial<JobRecord> = { id: 'job-0001', state: 'running', attempt: 1 };
    await using _jobs = await answer(SUBJECTS.jobsGet, [job, { ...job, state: 'succeeded', result: 5 }]);
    const states: (string | undefined)[] = [];
    for await (const { state } of client.job('job-0001').follow()) {
      states.push(state);
      service.publish(eventSubject('job-0001'), '{}');
    }
    expect(states).toEqual(['running', 'succeeded']);
    expect(await client.job('job-0001').result()).toBe(5);
  });

  it('cannot stream', async () => {
    const events = client.predictStream({ video: 'file:///v.mp4' });
    await expect(events.next()).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ field: 'predictStream' }],
    });
  });
});

it('is done when it is closed', async () => {
  const closed = await EvaluationClient.connect({ servers: server.url });
  await closed.close();
  await expect(closed.score(rows)).rejects.toMatchObject({ code: 'CANCELLED', message: /the client is closed/ });
});

describe('connect', () => {
  it('names the server that cannot be reached, and ends with its signal', async () => {
    // Nobody listens on the port of a server that has stopped.
    const gone = await NatsServerProcess.start({ dir: join(dir, 'gone') });
    await gone.stop();
    await expect(EvaluationClient.connect({ servers: gone.url, connectTimeoutMs: 200 })).rejects.toMatchObject({
      ...{
        code: 'UNAVAILABLE',
        message: /^servers: expected a NATS server that can be reached within 200 ms, received/,
      },
    });
    const signal = AbortSignal.timeout(50);
    await expect(EvaluationClient.connect({ servers: gone.url, signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('speaks of its options, not of variables', async () => {
    const credsFile = join(dir, 'no.creds');
    await expect(EvaluationClient.connect({ servers: server.url, credsFile })).rejects.toMatchObject({
      ...{ code: 'INVALID_REQUEST', message: `credsFile: expected a readable file, received ${credsFile} (ENOENT)` },
    });
    await expect(EvaluationClient.connect({ servers: server.url, passwordFile: credsFile })).rejects.toMatchObject({
      details: [{ field: 'user', expected: 'a value beside passwordFile' }],
    });
    await expect(EvaluationClient.connect({ servers: 'localhost' })).rejects.toMatchObject({
      details: [expect.objectContaining({ field: expect.stringContaining('servers') as string }) as object],
    });
    const typo = { servers: server.url, credFile: credsFile } as never;
    await expect(EvaluationClient.connect(typo)).rejects.toMatchObject({ details: [{ field: 'credFile' }] });
  });

  it('says at once that a login is refused', async () => {
    const config = 'authorization { token: "right" }\n';
    const closed = await NatsServerProcess.start({ dir: join(dir, 'closed'), config });
    try {
      const tokenFile = join(dir, 'token');
      await writeFile(tokenFile, 'wrong\n');
      const refusal = EvaluationClient.connect({ servers: closed.url, tokenFile, connectTimeoutMs: 3_600_000 });
      await expect(refusal).rejects.toMatchObject({ code: 'FORBIDDEN', message: /Authorization Violation/i });
      await writeFile(tokenFile, 'right\n');
      await (await EvaluationClient.connect({ servers: [closed.url], tokenFile })).close();
    } finally {
      await closed.stop();
    }
  });
});
