import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFakeOpenai } from '../../libs/models/test/fake-openai';
import { CliHome } from './support/cli';
import { CCTV } from './support/gated-videos';

jest.setTimeout(240_000);

const KEY = 'hush-0123456789';

let home: CliHome;
beforeAll(async () => (home = await CliHome.create({ SRVAU_OPENAI_API_KEY: KEY })));
afterAll(() => home.remove());

function request(name: string, fields: object = {}): string {
  const file = join(home.dir, name);
  const content = [
    { type: 'video', video: join(CCTV, 'tree_hand.mp4'), max_pixels: 9408 },
    { type: 'text', text: 'What happens?' },
  ];
  writeFileSync(file, JSON.stringify({ messages: [{ role: 'user', content }], max_new_tokens: 12, ...fields }));
  return file;
}

const generate = (model: string, ...more: string[]): string[] => ['model', 'generate', '--model', model, ...more];

describe('srvau model generate, with an endpoint', () => {
  it('shows what the endpoint makes of a video, after a fault', async () => {
    await using fake = await startFakeOpenai({
      key: KEY,
      reply: (_, number) => (number === 0 ? { fault: 'unavailable' } : { text: 'A tree moves.', reasoning: 'I look.' }),
    });
    const uri = `openai:${fake.url}#org/model?retryDelayMs=0`;
    const result = await home.json(generate(uri, '--request', request('r.json'), '--n', '2', '--seed', '4'));
    const completion = { text: 'A tree moves.', reasoning: 'I look.', finish: 'stop' };
    expect(result).toMatchObject({ completions: [completion, completion], usage: { completionTokens: 6 } });
    expect(fake.requests).toHaveLength(2);
    const { body } = fake.requests[1] ?? {};
    expect(body).toMatchObject({ model: 'org/model', n: 2, seed: 4, max_tokens: 12 });
    const kinds = (body.messages[0].content as { type: string }[]).map(({ type }) => type);
    expect(kinds[0]).toBe('text');
    expect(kinds.filter((kind) => kind === 'image_url').length).toBeGreaterThan(3);
  });

  it('says what is wrong, and never the key', async () => {
    await using fake = await startFakeOpenai({ key: 'another', reply: () => 'x' });
    const uri = `openai:${fake.url}#m?attempts=1`;
    for (const [args, code, said] of [
      [generate(uri, '--request', request('r.json')), 1, /error: model "m" at .*leave to use it .*received 401/],
      [generate(uri, '--request', request('m.json', { mrope: 'transformers-5.18' })), 2, /m\.json: .*received mrope/],
      [generate('openai:http://far.invalid/v1#m', '--request', request('r.json')), 2, /in clear/],
      [generate('scripted:', '--request', request('r.json')), 2, /scripted model sees no pictures/],
      [generate('openai:nowhere', '--request', request('r.json')), 2, /expected openai:https:\/\/host/],
    ] as const) {
      const { code: exit, stdout, stderr } = await home.run(args);
      expect([exit, stderr]).toEqual([code, expect.stringMatching(said)]);
      expect(stdout + stderr).not.toContain(KEY);
    }
  });
});
