import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asking, Endpoints, everythingOf, refused } from '../../test/endpoints';
import { FAULTS } from '../../test/fake-openai';
import { OpenaiModel } from './openai-model';

const KEY = 'hush-9f8e7d6c5b4a';

let endpoints: Endpoints;
let dir: string;
beforeEach(async () => {
  endpoints = new Endpoints();
  dir = await mkdtemp(join(tmpdir(), 'srvau-key-'));
});
afterEach(async () => {
  await endpoints[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

describe('the key of an endpoint', () => {
  it('comes from the environment or a file, by name where one is given', async () => {
    const file = join(dir, 'key');
    await writeFile(file, `${KEY}\n`);
    const fake = await endpoints.start({ key: KEY });
    const ask = async (query: string, env: Record<string, string>): Promise<unknown> =>
      (await endpoints.model(fake, query, { env })).generate(asking('Hi'));
    await ask('', { SRVAU_OPENAI_API_KEY: KEY });
    await ask('', { SRVAU_OPENAI_API_KEY_FILE: file });
    await ask('?key=LAB', { SRVAU_OPENAI_API_KEY: 'another', SRVAU_OPENAI_API_KEY_LAB: KEY });
    await ask('?key=LAB', { SRVAU_OPENAI_API_KEY_LAB_FILE: file });
    expect(await refused(ask('?key=none', { SRVAU_OPENAI_API_KEY: KEY }))).toMatchObject({ code: 'FORBIDDEN' });
    expect(fake.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('is read again when it is refused, once', async () => {
    const file = join(dir, 'key');
    await writeFile(file, 'the-old-one');
    let valid = 'the-old-one';
    const fake = await endpoints.start({ key: () => valid, reply: () => 'x' });
    const model = await endpoints.model(fake, '', { env: { SRVAU_OPENAI_API_KEY_FILE: file } });
    await model.generate(asking('Hi'));
    valid = 'the-new-one';
    expect(await refused(model.generate(asking('Hi')))).toMatchObject({ code: 'FORBIDDEN' });
    await writeFile(file, 'the-new-one');
    await model.generate(asking('Hi'));
    expect(fake.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer the-old-one',
      'Bearer the-old-one',
      'Bearer the-old-one',
      'Bearer the-new-one',
    ]);
  });

  it.each([
    ['?key=LAB', {}, /a key in SRVAU_OPENAI_API_KEY_LAB or SRVAU_OPENAI_API_KEY_LAB_FILE, received neither/],
    ['', { SRVAU_OPENAI_API_KEY: `${KEY}\n${KEY}` }, /one line of visible ASCII characters, received 35 characters/],
    ['', { SRVAU_OPENAI_API_KEY: `${KEY}ü` }, /visible ASCII/],
    ['', { SRVAU_OPENAI_API_KEY_FILE: '/nowhere/key' }, /ENOENT at \/nowhere\/key/],
    ['', { SRVAU_OPENAI_API_KEY_FILE: '/dev/zero' }, /something that is no file/],
    ['', { SRVAU_OPENAI_API_KEY_FILE: __filename }, /one line of visible ASCII/],
  ])('is refused where it cannot be one, when the model is opened: %j %j', async (query, env, message) => {
    const error = await refused(OpenaiModel.open(`https://nowhere.invalid/v1#m${query}`, { env }));
    expect(error.message).toMatch(message);
    expect(everythingOf(error)).not.toContain(KEY);
  });

  it('is in no error, whatever the endpoint does', async () => {
    const env = { SRVAU_OPENAI_API_KEY: KEY };
    const settings = '?attempts=2&firstTokenTimeoutMs=100&idleTimeoutMs=100&stream=always';
    const answers = [
      ...Object.keys(FAULTS).map((fault) => ({ fault })),
      ...[400, 401, 403, 404, 418, 429, 500].map((status) => ({ status, body: `no, not with ${KEY}, Bearer ${KEY}` })),
      { status: 400, body: JSON.stringify({ error: { message: `Bad key ${KEY}`, nested: [KEY] } }) },
      { status: 200, body: `the key ${KEY} is not JSON` },
      { status: 302, body: '', headers: { location: `https://evil.invalid/?${KEY}` } },
    ];
    for (const answer of answers) {
      const fake = await endpoints.answering(answer);
      const model = await endpoints.model(fake, settings, { env });
      const outcome: unknown = await model.generate(asking('Hi')).catch((error: unknown) => error);
      expect(fake.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(everythingOf(outcome)).not.toContain(KEY);
      expect(everythingOf(model)).not.toContain(KEY);
    }
  });

  it('crosses no network in clear, unless that is wanted', async () => {
    const open = (uri: string, options = {}): Promise<OpenaiModel> =>
      OpenaiModel.open(uri, { env: { SRVAU_OPENAI_API_KEY: KEY }, ...options });
    const error = await refused(open('http://vllm.internal:8000/v1#m'));
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('in clear') });
    for (const opening of [
      open('http://vllm.internal:8000/v1#m?key=none'),
      open('http://vllm.internal:8000/v1#m', { keyOverHttp: true }),
      open('https://vllm.internal/v1#m'),
      open('http://[::1]:8000/v1#m'),
      open('http://localhost:8000/v1#m'),
    ]) {
      await (await opening)[Symbol.asyncDispose]();
    }
  });

  it('goes to no address that is not allowed', async () => {
    const open = (uri: string, endpointList: string[]): Promise<OpenaiModel> =>
      OpenaiModel.open(uri, { env: { SRVAU_OPENAI_API_KEY: '\n' }, endpoints: endpointList });
    const allowed = ['https://api.example/v1', 'loopback'];
    for (const uri of [
      'https://api.example.evil.test/v1#m',
      'https://api.example/v10#m',
      'https://api.example/v1/../admin#m',
      'https://api.example:8443/v1#m',
      'http://api.example/v1#m',
      'http://localhost.evil.test/v1#m',
      'http://127.evil.test/v1#m',
    ]) {
      expect(await refused(open(uri, allowed))).toMatchObject({ code: 'FORBIDDEN' });
    }
    for (const uri of ['https://api.example/v1/#m', 'https://api.example/v1/eu#m', 'http://127.0.0.1:80/v1#m']) {
      await (await open(uri, allowed))[Symbol.asyncDispose]();
    }
    expect((await refused(open('https://h/v1#m', []))).message).toMatch(/none is allowed/);
    await (await open('https://h/v1#m', ['*']))[Symbol.asyncDispose]();
  });
});
