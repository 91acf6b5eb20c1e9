import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type INestMicroservice } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Svcm } from '@nats-io/services';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { IngestRequest, JobIdRequest, ListJobsRequest, SrvauError, SUBJECTS } from '@srvau/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceClient } from '../client/service-client';
import { requestContext } from '../request-context';
import { NatsHarness, until } from '../../test/harness';
import { Endpoint } from './endpoint';
import { MicroServer } from './micro-server';

let releaseSlow: (() => void) | undefined;
let slowStarted = 0;

@Controller()
class SpecController {
  @Endpoint({ subject: SUBJECTS.jobsGet, request: JobIdRequest, summary: 'echo', queue: 'srvau-jobs' })
  get(@Payload() request: JobIdRequest) {
    return {
      id: request.jobId,
      typed: request instanceof JobIdRequest,
      requestId: requestContext.getStore()?.requestId,
    };
  }

  @Endpoint({ subject: SUBJECTS.jobsList, request: ListJobsRequest, summary: 'throws a typed or an unknown error' })
  list(@Payload() request: ListJobsRequest) {
    if (request.limit === 1) throw new SrvauError('NOT_FOUND', 'nothing here');
    if (request.limit === 2) throw new TypeError('secret internals');
    if (request.limit === 3) return { jobs: 'x'.repeat(3_000_000) };
    return undefined;
  }

  @Endpoint({ subject: SUBJECTS.jobsCancel, request: JobIdRequest, summary: 'answers when told to' })
  async cancel() {
    slowStarted += 1;
    await new Promise<void>((done) => (releaseSlow = done));
    return { done: true };
  }

  @Endpoint({
    subject: SUBJECTS.rewardScore,
    request: JobIdRequest,
    read: (data, what) => ({ data, what }),
    summary: 'reads its request itself',
  })
  score(@Payload() request: object) {
    return request;
  }

  @Endpoint({ subject: SUBJECTS.datasetIngest, request: IngestRequest, summary: 'takes a request with many fields' })
  ingest() {
    return { jobId: 'x', created: true };
  }
}

@Module({ controllers: [SpecController] })
class SpecModule {}

describe('MicroServer', () => {
  let nats: NatsHarness;
  let app: INestMicroservice;
  let server: MicroServer;
  let raw: NatsConnection;
  let client: ServiceClient;

  beforeAll(async () => {
    nats = await NatsHarness.start({ maxPayload: 8 * 1024 * 1024 });
    server = new MicroServer({
      service: 'dataset',
      version: '1.2.3',
      description: 'spec',
      link: nats.link(),
      maxInFlight: 4,
    });
    app = await NestFactory.createMicroservice(SpecModule, { strategy: server, logger: false });
    await app.listen();
    raw = await connect({ servers: nats.server.url });
    client = new ServiceClient(nats.link('client'));
  });

  afterAll(async () => {
    await raw.close();
    await app.close();
    await nats.close();
  });

  const ask = async (subject: string, body: string | Uint8Array) => {
    const reply = await raw.request(subject, body, { timeout: 5_000 });
    return { body: reply.json<Record<string, never>>() as Record<string, unknown>, headers: reply.headers };
  };

  it('answers plain JSON with plain JSON, and hands the handler a validated instance', async () => {
    const { body, headers: replyHeaders } = await ask(SUBJECTS.jobsGet, '{"jobId":"abcdefgh"}');
    expect(body).toMatchObject({ id: 'abcdefgh', typed: true });
    expect(replyHeaders).toBeUndefined();
  });

  it('answers the envelope of a Nest ClientProxy in kind, results and errors', async () => {
    const good = await ask(
      SUBJECTS.jobsGet,
      JSON.stringify({ pattern: SUBJECTS.jobsGet, data: { jobId: 'abcdefgh' }, id: '7' }),
    );
    expect(good.body).toMatchObject({ id: '7', isDisposed: true, response: { id: 'abcdefgh' } });
    const bad = await ask(SUBJECTS.jobsGet, JSON.stringify({ pattern: SUBJECTS.jobsGet, data: {}, id: '8' }));
    expect(bad.body).toMatchObject({ id: '8', isDisposed: true, err: { code: 'INVALID_REQUEST' } });
  });

  it.each([
    ['text that is not JSON', '{"jobId":', 'INVALID_JSON', /expected a JSON object as body/],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'INVALID_JSON', /received 3 bytes/],
    ['an array', '[1]', 'INVALID_REQUEST', /request: expected a JSON object, received an array of 1/],
    ['null', 'null', 'INVALID_REQUEST', /received null/],
    ['no body', '', 'INVALID_REQUEST', /jobId: expected a job id.*received nothing/],
    ['a wrong type', '{"jobId":5}', 'INVALID_REQUEST', /jobId: expected a job id.*received 5 \(number\)/],
    [
      'an unknown field',
      '{"jobId":"abcdefgh","x":1}',
      'INVALID_REQUEST',
      /x: expected no such field, received 1 \(number\)/,
    ],
    ['deep nesting', `{"jobId":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'INVALID_REQUEST', /expected/],
    ['2 MB', `{"jobId":"${'x'.repeat(2_000_000)}"}`, 'PAYLOAD_TOO_LARGE', /at most 1048576 bytes, received 20000/],
  ])('refuses %s with a named error and lives on', async (_name, body, code, message) => {
    const refused = await ask(SUBJECTS.jobsGet, body);
    const error = refused.body['error'] as { code: string; message: string };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(refused.headers?.get('Nats-Service-Error-Code')).toBe(code === 'PAYLOAD_TOO_LARGE' ? '413' : '400');
    expect(refused.headers?.get('Nats-Service-Error')).not.toBe('');
    expect((await ask(SUBJECTS.jobsGet, '{"jobId":"abcdefgh"}')).body).toMatchObject({ id: 'abcdefgh' });
  });

  it('names every wrong field at once', async () => {
    const { body } = await ask(SUBJECTS.datasetIngest, '{"annotations":5,"fps":"1","strict":"yes"}');
    const details = (body['error'] as { details: { field: string }[] }).details;
    expect(details.map((detail) => detail.field).sort()).toEqual(['annotations', 'fps', 'out', 'strict', 'videos']);
  });

  it('passes typed errors on and hides unknown ones', async () => {
    await expect(client.request(SUBJECTS.jobsList, { limit: 1 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'nothing here',
    });
    const { body } = await ask(SUBJECTS.jobsList, '{"limit":2}');
    expect(body['error']).toMatchObject({ code: 'INTERNAL' });
    expect(JSON.stringify(body)).not.toContain('secret internals');
  });

  it('answers {} where a handler returns nothing', async () => {
    expect((await ask(SUBJECTS.jobsList, '{}')).body).toEqual({});
  });

  it('is not fooled by a key named __proto__', async () => {
    const { body } = await ask(SUBJECTS.jobsGet, '{"jobId":"abcdefgh","__proto__":{"polluted":1}}');
    expect(body).toMatchObject({ error: { code: 'INVALID_REQUEST', details: [{ field: '__proto__' }] } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('lets an endpoint read its request itself, and advises it about its own kind of large message', async () => {
    const { body } = await ask(SUBJECTS.rewardScore, '{"anything":[1]}');
    expect(body).toEqual({ data: { anything: [1] }, what: 'srvau.reward.score request' });
    const large = await ask(SUBJECTS.rewardScore, JSON.stringify('x'.repeat(2 * 1024 * 1024)));
    expect(large.body['error']).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('send fewer rollouts a request') as string,
    });
  });

  it('carries the request id of the caller into the handler', async () => {
    const requestHeaders = headers();
    requestHeaders.set('Srvau-Request-Id', 'req-1');
    const reply = await raw.request(SUBJECTS.jobsGet, '{"jobId":"abcdefgh"}', {
      timeout: 5_000,
      headers: requestHeaders,
    });
    expect(reply.json<{ requestId: string }>().requestId).toBe('req-1');
    const refused = await raw.request(SUBJECTS.jobsGet, '{}', { timeout: 5_000, headers: requestHeaders });
    expect(refused.headers?.get('Srvau-Request-Id')).toBe('req-1');
  });

  it('gives a request without an id one of its own', async () => {
    const ids = [
      await ask(SUBJECTS.jobsGet, '{"jobId":"abcdefgh"}'),
      await ask(SUBJECTS.jobsGet, '{"jobId":"abcdefgh"}'),
    ];
    const [one, two] = ids.map(({ body }) => body['requestId']);
    expect(one).toEqual(expect.any(String));
    expect(two).not.toBe(one);
  });

  it('is discovered by any NATS client, with schemas', async () => {
    const infos = [];
    for await (const info of await new Svcm(raw).client().info('srvau-dataset')) infos.push(info);
    expect(infos).toHaveLength(1);
    expect(infos[0]).toMatchObject({ name: 'srvau-dataset', version: '1.2.3' });
    const endpoint = infos[0]?.endpoints.find(({ subject }) => subject === SUBJECTS.datasetIngest);
    const schema = JSON.parse(endpoint?.metadata?.['request-schema'] ?? '{}') as {
      required: string[];
      additionalProperties: boolean;
    };
    expect(schema.required.sort()).toEqual(['annotations', 'out', 'videos']);
    expect(schema.additionalProperties).toBe(false);
    expect(infos[0]?.endpoints.find(({ subject }) => subject === SUBJECTS.jobsGet)?.queue_group).toBe('srvau-jobs');
  });

  it('says BUSY beyond its limit, and finishes what it has begun when it closes', async () => {
    slowStarted = 0;
    const waiting: Promise<unknown>[] = [];
    const release: (() => void)[] = [];
    for (let i = 0; i < 4; i += 1) {
      waiting.push(ask(SUBJECTS.jobsCancel, '{"jobId":"abcdefgh"}'));
      await until('the handler has started', () => slowStarted === i + 1);
      release.push(releaseSlow ?? (() => undefined));
    }
    await expect(client.request(SUBJECTS.jobsCancel, { jobId: 'abcdefgh' }, { retries: 0 })).rejects.toMatchObject({
      code: 'BUSY',
    });
    let closed = false;
    const closing = server.close().then(() => (closed = true));
    await sleep(50);
    expect(closed).toBe(false);
    release.forEach((done) => done());
    await closing;
    for (const reply of await Promise.all(waiting)) expect(reply).toMatchObject({ body: { done: true } });
  });
});

describe('MicroServer and ServiceClient at the size limit', () => {
  it('refuse what no message can carry, on either side', async () => {
    const nats = await NatsHarness.start();
    const server = new MicroServer({ service: 'reward', version: '1.0.0', description: 'spec', link: nats.link() });
    const app = await NestFactory.createMicroservice(SpecModule, { strategy: server, logger: false });
    await app.listen();
    const client = new ServiceClient(nats.link());
    await expect(client.request(SUBJECTS.jobsList, { limit: 3 })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('the reply has'),
    });
    await expect(client.request(SUBJECTS.jobsGet, { jobId: 'x'.repeat(3_000_000) })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('srvau.jobs.get: expected a request of at most'),
    });
    await app.close();
    await nats.close();
  });
});

describe('ServiceClient', () => {
  it('says that nobody answers, in time, and stops when cancelled', async () => {
    const nats = await NatsHarness.start();
    const client = new ServiceClient(nats.link());
    await expect(client.request(SUBJECTS.rewardInfo, {}, { retries: 0 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'srvau.reward.info: no service answers this subject now',
    });
    const cancel = new AbortController();
    const call = client.request(SUBJECTS.rewardInfo, {}, { retries: 1000, timeoutMs: 60_000, signal: cancel.signal });
    cancel.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await nats.close();
  });

  it('asks again for an answer that did not come, where that does no harm', async () => {
    const nats = await NatsHarness.start();
    const responder = await connect({ servers: nats.server.url });
    let asked = 0;
    responder.subscribe(SUBJECTS.jobsGet, {
      callback: (_error, message) => {
        asked += 1;
        // The first two die with whoever took them.
        if (asked > 2) message.respond('{}');
      },
    });
    await responder.flush();
    const client = new ServiceClient(nats.link());
    const body = { jobId: 'abcdefgh' };
    const often = { timeoutMs: 20_000, attemptMs: 100, retries: 10 };
    expect(await client.request(SUBJECTS.jobsGet, body, { ...often, idempotent: true })).toEqual({});
    expect(asked).toBe(3);
    asked = 0;
    await expect(client.request(SUBJECTS.jobsGet, body, often)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(asked).toBe(1);
    await responder.close();
    await nats.close();
  });

  it('gives up at its deadline while no server is there', async () => {
    const nats = await NatsHarness.start();
    const link = nats.link();
    await nats.kill();
    await expect(new ServiceClient(link).request(SUBJECTS.rewardInfo, {}, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await nats.close();
  });
});
