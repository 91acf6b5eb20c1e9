import { cpSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type EvaluationPredictReply, type SrvauError, SUBJECTS } from '@srvau/contracts';
import { messagesOf } from '@srvau/model-pool';
import { NativeModel } from '@srvau/models';
import { policyPrompt } from '@srvau/reasoning';
import { Checkpoints } from '../../libs/models/test/checkpoint';
import { startFakeOpenai } from '../../libs/models/test/fake-openai';
import { makeTinyModel } from '../../libs/models/test/tiny-model';
import { CliHome } from './support/cli';
import { EvaluationService } from './support/evaluation-service';
import { eventually } from './support/eventually';
import { CCTV } from './support/gated-videos';
import { refusalOf } from './support/refusal';
import { type TempHome, tempHome } from './support/temp-home';

jest.setTimeout(240_000);

/** What the endpoint does, by a word of the question; see `reply`. */
const ANSWERS: Readonly<Record<string, string>> = {
  tree:
    '<think>Leaves move.</think><answer>B</answer><reflection>No wind is seen.</reflection>' +
    '<think>A hand shakes it.</think><answer>A</answer>',
  anomaly: '<think>t</think><answer>Anomaly</answer><glue>[2.0, 60.5]</glue>',
};
const QUESTION = { question: 'Why does the tree move?', options: ['A hand shakes it.', 'The wind blows.'] };
const VIDEO = pathToFileURL(join(CCTV, 'tree_hand.mp4')).href;
/** Of predictions under way or waiting, at one model. */
const QUEUE = 3;

let home: TempHome;
let service: EvaluationService;
let fake: Awaited<ReturnType<typeof startFakeOpenai>>;

beforeAll(async () => {
  home = await tempHome();
  fake = await startFakeOpenai({
    reply: ({ body }) => {
      const asked = JSON.stringify(body.messages);
      if (asked.includes('silence')) return { fault: 'silent' };
      if (asked.includes('elsewhere')) return { fault: 'redirect' };
      return { text: (asked.includes('Question:') ? ANSWERS['tree'] : ANSWERS['anomaly']) ?? '' };
    },
  });
  service = await EvaluationService.start(home.dir, {
    SRVAU_FILE_ROOTS: `${home.dir}:${CCTV}`,
    ...{ SRVAU_EVALUATION_MODEL: `openai:${fake.url}#served`, SRVAU_PREDICT_QUEUE: String(QUEUE) },
    SRVAU_DRAIN_MS: '2500',
  });
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const ask = (body: object): Promise<EvaluationPredictReply> =>
  service.client.request(SUBJECTS.evaluationPredict, { video: VIDEO, ...body } as never, {
    timeoutMs: 60_000,
    retries: 0,
  });

const refusal = (body: object): Promise<SrvauError> => refusalOf(ask(body));

describe('srvau.evaluation.predict', () => {
  it('answers a question with two rounds', async () => {
    const reply = await ask({ ...QUESTION, fps: 0.5, maxPixels: 9_408 });
    const prompt = policyPrompt('reflection-rft', { task: 'qa', ...QUESTION });
    expect(reply).toEqual({
      model: { backend: 'openai', model: 'served', hash: null },
      prompt: { id: 'reflection-rft/qa', hash: prompt.hash },
      ...{ task: 'qa', video: { durationSec: 12 }, transcript: ANSWERS['tree'], reasoning: null },
      ...{ wellFormed: true, faults: [], spanSec: null, finishReason: 'stop' },
      first: { text: 'B', option: 'B', verdict: null, spanSec: null },
      final: { text: 'A', option: 'A', verdict: null, spanSec: null },
      usage: { promptTokens: expect.any(Number) as number, completionTokens: 8 },
      timings: expect.objectContaining({ queuedMs: expect.any(Number) as number }) as object,
    });
    expect(reply.timings.totalMs).toBeGreaterThanOrEqual(reply.timings.generateMs);
    const { body } = fake.requests.at(-1) ?? {};
    expect(body).toMatchObject({ model: 'served', temperature: 0 });
    const [system, user] = body.messages as { content: string | { type: string; text?: string }[] }[];
    expect(system?.content).toBe(prompt.system);
    const parts = user?.content as { type: string; text?: string }[];
    expect(parts.at(-1)).toEqual({ type: 'text', text: prompt.user });
    expect(parts.filter(({ type }) => type === 'image_url')).toHaveLength(6);
  });

  it('finds when something anomalous happens where nothing is asked, and names what is odd', async () => {
    const reply = await ask({ prompt: 'initial', sampling: { seed: 7, temperature: 0.5 } });
    expect(reply).toMatchObject({
      ...{ task: 'tag', prompt: { id: 'initial/tag' }, wellFormed: true, spanSec: [2, 60.5] },
      final: { verdict: 'anomaly', spanSec: [2, 60.5], option: null },
      faults: [{ code: 'span-beyond-video' }],
    });
    const { body } = fake.requests.at(-1) ?? {};
    expect(JSON.stringify(body.messages)).toContain('The video lasts 12.0 seconds.');
    expect(body).toMatchObject({ temperature: 0.5, seed: 7 });
  });

  it('gives what the checkpoint gives that it is told to ask', async () => {
    const checkpoints = new Checkpoints();
    try {
      const dir = join(home.dir, 'checkpoint');
      const outside = await makeTinyModel(checkpoints);
      symlinkSync(outside, join(home.dir, 'leads out'));
      cpSync(outside, dir, { recursive: true });
      const sampling = { maxNewTokens: 12 };
      const request = { ...QUESTION, model: `native:${dir}`, prompt: 'direct', sampling, maxPixels: 9_408 };
      const [reply, again] = await Promise.all([ask(request), ask(request)]);
      await using model = await NativeModel.load(dir);
      const prompt = policyPrompt('direct', { task: 'qa', ...QUESTION });
      const messages = messagesOf(prompt, VIDEO, { fps: 1, maxPixels: 9_408 });
      const direct = await model.generate({ messages, sampling: { ...sampling, temperature: 0 } });
      expect(reply).toMatchObject({
        model: model.describe(),
        transcript: direct.completions[0]?.text,
        ...{ finishReason: 'length', usage: direct.usage, wellFormed: false },
      });
      expect(again.transcript).toBe(reply.transcript);
      // To this model the words would be frames.
      expect(await refusal({ ...request, question: 'Who is <|video_pad|>?' })).toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(/^question: expected text without <\|video_pad\|>/) as string,
        details: [expect.objectContaining({ field: 'question' })],
      });
      expect(await refusal({ model: `native:${join(home.dir, 'leads out')}` })).toMatchObject({
        ...{ code: 'FORBIDDEN', details: [expect.objectContaining({ field: 'model' })] },
      });
    } finally {
      checkpoints.dispose();
    }
  });
});

describe('bad input', () => {
  const inFolder = (name: string): string => pathToFileURL(join(home.dir, name)).href;

  it('is refused by the name of the field, and the service lives on', async () => {
    writeFileSync(join(home.dir, 'notes.mp4'), 'password: 1234');
    writeFileSync(join(home.dir, 'empty.mp4'), '');
    writeFileSync(join(home.dir, 'huge.mp4'), '');
    // Sparse: nothing of it is on disk.
    truncateSync(join(home.dir, 'huge.mp4'), 17 * 2 ** 30);
    symlinkSync('/etc/passwd', join(home.dir, 'link.mp4'));
    const { question, options } = QUESTION;
    const cases: [body: object, code: string, field: string][] = [
      [{ video: 'https://example.org/v.mp4' }, 'INVALID_REQUEST', 'video'],
      [{ video: 'http://169.254.169.254/latest' }, 'INVALID_REQUEST', 'video'],
      [{ video: '/etc/passwd' }, 'INVALID_REQUEST', 'video'],
      [{ video: 'file:///etc/passwd' }, 'FORBIDDEN', 'video'],
      [{ video: inFolder('link.mp4') }, 'FORBIDDEN', 'video'],
      [{ video: inFolder('nothing.mp4') }, 'NOT_FOUND', 'video'],
      [{ video: inFolder('notes.mp4') }, 'UNPROCESSABLE', 'video'],
      [{ video: inFolder('empty.mp4') }, 'UNPROCESSABLE', 'video'],
      [{ video: inFolder('huge.mp4') }, 'UNPROCESSABLE', 'video'],
      [{ video: pathToFileURL(home.dir).href }, 'UNPROCESSABLE', 'video'],
      [{ question }, 'INVALID_REQUEST', 'options'],
      [{ options }, 'INVALID_REQUEST', 'question'],
      [{ question, options: ['one'] }, 'INVALID_REQUEST', 'options'],
      [{ question: ' ', options }, 'INVALID_REQUEST', 'question'],
      [{ question, options: ['one', ' '] }, 'INVALID_REQUEST', 'options[1]'],
      [{ prompt: 'think-hard' }, 'INVALID_REQUEST', 'prompt'],
      [{ fps: '1' }, 'INVALID_REQUEST', 'fps'],
      [{ deadlineMs: 0 }, 'INVALID_REQUEST', 'deadlineMs'],
      [{ sampling: { temperature: -1 } }, 'INVALID_REQUEST', 'sampling.temperature'],
      [{ questoin: question }, 'INVALID_REQUEST', 'questoin'],
      [{ model: 'served' }, 'INVALID_REQUEST', 'model'],
      [{ model: 'native:checkpoint' }, 'INVALID_REQUEST', 'model'],
      [{ model: 'native:/etc' }, 'FORBIDDEN', 'model'],
      [{ model: `native:${home.dir}` }, 'UNPROCESSABLE', 'model'],
      [{ model: `native:${home.dir}/none` }, 'NOT_FOUND', 'model'],
      [{ model: `native:${join(home.dir, 'notes.mp4')}` }, 'UNPROCESSABLE', 'model'],
      [{ model: 'openai:http://192.168.0.1/v1#m' }, 'FORBIDDEN', 'model'],
      [{ model: 'openai:http://intranet.example/v1#m' }, 'FORBIDDEN', 'model'],
      [{ model: 'openai:http://127.0.0.1.example/v1#m' }, 'FORBIDDEN', 'model'],
      [{ model: 'scripted:' }, 'INVALID_REQUEST', 'model'],
    ];
    const before = fake.load.total;
    for (const [body, code, field] of cases) {
      const error = await refusal(body);
      expect([body, error.code, error.details[0]?.field]).toEqual([body, code, field]);
      expect(error.message).not.toContain('password');
    }
    expect(fake.load.total).toBe(before);
    expect((await refusal({ video: inFolder('huge.mp4') })).message).toMatch(/at most \d+ bytes, received 18253611008/);
    expect((await ask(QUESTION)).final?.option).toBe('A');
  });

  it('of a model that is away: told at once, and asked again soon', async () => {
    const gone = await startFakeOpenai();
    const model = `openai:${gone.url}#m?retryDelayMs=0`;
    await gone[Symbol.asyncDispose]();
    const first = await refusal({ ...QUESTION, model });
    expect(first).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(first.message).toContain('ECONNREFUSED');
    expect(await refusal({ ...QUESTION, model })).toMatchObject({ code: 'UNAVAILABLE' });
    await using back = await startFakeOpenai({ port: gone.port, reply: () => ANSWERS['tree'] ?? '' });
    const reply = await eventually('an answer', () => ask({ ...QUESTION, model }));
    expect(reply.final?.option).toBe('A');
    expect(back.load.total).toBe(1);
  });

  it('of an endpoint that sends callers elsewhere: nobody follows', async () => {
    const error = await refusal({ ...QUESTION, question: 'Is it elsewhere?' });
    expect(error.code).toBe('FORBIDDEN');
    expect(error.message).toContain('307');
  });

  it('gives up in time, refuses what is too much, and stays quick for other models', async () => {
    const silence = { ...QUESTION, question: 'What breaks the silence?', deadlineMs: 2_000 };
    const held = Array.from({ length: QUEUE }, () => refusal(silence));
    const busy = await eventually('a refusal', async () => {
      const error = await refusal({ ...silence, deadlineMs: 50 });
      return error.code === 'BUSY' && error;
    });
    expect(busy.retryAfterMs).toBeGreaterThan(0);
    const other = await ask({ ...QUESTION, model: `openai:${fake.url}#other` });
    expect(other.final?.option).toBe('A');
    for (const error of await Promise.all(held)) {
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', message: expect.stringContaining('2000 ms') as string });
    }
    expect((await ask(QUESTION)).final?.option).toBe('A');
  });
});

describe('srvau evaluate predict', () => {
  let cli: CliHome;
  beforeAll(async () => (cli = await CliHome.create({ SRVAU_NATS_URL: service.nats.url })));
  afterAll(() => cli.remove());

  it('shows the transcript and what it says', async () => {
    const { question, options } = QUESTION;
    const typed = ['evaluate', 'predict', join(CCTV, 'tree_hand.mp4'), '--question', question];
    typed.push(...options.flatMap((option) => ['--option', option]));
    const { code, stdout } = await cli.run(typed);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      ANSWERS['tree'],
      '',
      'answer   A. A hand shakes it.',
      'at first B. The wind blows.',
    ]);
    const reply = await cli.json<EvaluationPredictReply>(typed);
    expect(reply.final?.option).toBe('A');
    const { httpPort } = await service.client.request(SUBJECTS.evaluationInfo, {});
    const streamed = await cli.run([...typed, '--stream', '--url', `http://127.0.0.1:${httpPort}`, '--json']);
    const events = streamed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const result = events.pop();
    expect(result).toMatchObject({ transcript: ANSWERS['tree'], final: { option: 'A' } });
    expect(events.map(({ text }) => text).join('')).toBe(ANSWERS['tree']);
    const wrong = await cli.run([...typed.slice(0, 5), '--json']);
    expect(wrong.code).toBe(2);
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { details: [{ field: 'options' }] } });
  });
});

it('refuses what is under way when it has to stop', async () => {
  const held = refusal({ ...QUESTION, question: 'What breaks the silence?' });
  await eventually('the request to arrive', () => fake.load.now > 0);
  service.process.signal('SIGTERM');
  expect(await held).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('stops') as string });
  expect(await service.process.exited).toEqual({ code: 0, signal: null });
});
