import { SrvauError, type ModelIdentity, type ReflectRecord, type ReflectReject } from '@srvau/contracts';
import type { AskedModel } from '@srvau/model-pool';
import { type Generation, openModel, type Usage } from '@srvau/models';
import { parseTranscript } from '@srvau/reasoning';
import { VideoError } from '@srvau/video';
import { makeRow } from '../../../test/small-dataset';
import { type BuildSettings, settingsOf } from '../settings';
import { buildItem } from './build-item';
import type { BuildItem, ItemDeps } from './work';

const identity: ModelIdentity = { backend: 'scripted', model: 'told', hash: null };
const dataset = { uri: 'file:///d', sha256: '0'.repeat(64), rows: 1, fps: 1 };
const settings = settingsOf(
  { dataset: '', model: '', teacher: '', out: '', teacherPrice: { promptUsd: 1, completionUsd: 4 } },
  dataset,
  { initial: identity, teacher: identity },
);
const row = makeRow(1);
const item: BuildItem = { row, task: 'qa', sample: 0, split: 'train', video: { uri: 'file:///v/clip_01.mp4' } };

/** A model that says what it is told to, in order; the last one again and again. */
class Told implements AskedModel {
  readonly identity = identity;
  readonly requests: Generation[] = [];

  constructor(private readonly replies: readonly (string | Error)[]) {}

  ask(request: Generation): ReturnType<AskedModel['ask']> {
    this.requests.push(request);
    const reply = this.replies[Math.min(this.requests.length, this.replies.length) - 1] ?? '';
    if (reply instanceof Error) return Promise.reject(reply);
    const usage: Usage = { promptTokens: 100, completionTokens: 10 };
    return Promise.resolve({ completion: { text: reply, finishReason: 'stop' }, usage });
  }
}

const INITIAL = '<think>The man stands high up and seems to work on the sign.</think><answer>A</answer>';
const reply = (answer: string): string =>
  '<reflection>It stops where he climbs up and never follows his hands, which lose the rail before the end.</reflection>' +
  `<think>At 4 s he leans out too far. Both feet leave the step, and at 6 s he lies still beside it.</think><answer>${answer}</answer>`;

function deps(initial: AskedModel, teacher: AskedModel, change: Partial<BuildSettings> = {}): ItemDeps {
  return {
    ...{ initial, teacher, settings: { ...settings, ...change }, signal: new AbortController().signal },
    openVideo: (uri) => Promise.resolve({ uri, [Symbol.asyncDispose]: () => Promise.resolve() }),
  };
}

async function recordOf(work: ReturnType<typeof buildItem>): Promise<ReflectRecord> {
  const outcome = await work;
  if ('record' in outcome) return outcome.record;
  throw new Error(`expected a record, received ${JSON.stringify(outcome.reject)}`);
}

async function rejectOf(work: ReturnType<typeof buildItem>): Promise<ReflectReject> {
  const outcome = await work;
  if ('reject' in outcome) return outcome.reject;
  throw new Error(`expected a reject, received ${JSON.stringify(outcome.record)}`);
}

describe('buildItem', () => {
  it('makes a record of what base model and teacher said, and where it comes from', async () => {
    const record = await recordOf(buildItem(item, deps(new Told([INITIAL]), new Told([reply('B')]))));
    expect(record).toMatchObject({
      ...{ id: 'clip_01.mp4#1:qa:0', rowId: 'clip_01.mp4#1', path: 'correct', split: 'train', truth: { label: 'B' } },
      ...{ videoUri: 'file:///v/clip_01.mp4', videoKey: 'key1', durationSec: 20 },
      initial: { answer: 'A', correct: false, wellFormed: true, completion: INITIAL },
      revised: { answer: 'B' },
      provenance: {
        initial: { promptId: 'initial/qa', promptTokens: 100, completionTokens: 10, costUsd: null },
        teacher: { promptId: 'construction/qa', attempts: 1, retriedFor: [], costUsd: 0.00014 },
      },
    });
    const parsed = parseTranscript(record.transcript, { grammar: 'reflective', task: 'qa' });
    expect(parsed).toMatchObject({ wellFormed: true, firstAnswer: { option: 'A' }, finalAnswer: { option: 'B' } });
  });

  it('tells both models what happens when, where that is annotated', async () => {
    const events = [
      { startSec: 6, endSec: null, who: 'the man in overalls', what: 'lies on the pavement', anomalous: true },
      { startSec: 1, endSec: 3.5, who: 'a woman', what: 'crosses the yard', anomalous: false },
    ];
    const [initial, teacher] = [new Told([INITIAL]), new Told([reply('B')])];
    await recordOf(buildItem({ ...item, row: { ...row, events } }, deps(initial, teacher)));
    for (const { requests } of [initial, teacher]) {
      expect(requests[0]?.context?.events).toEqual([
        { startSec: 1, endSec: 3.5, who: 'a woman', what: 'crosses the yard', anomalous: false },
        { startSec: 6, who: 'the man in overalls', what: 'lies on the pavement', anomalous: true },
      ]);
    }
    const told = JSON.stringify(teacher.requests[0]?.messages);
    expect(told).toContain('Events:\\n1 to 3.5 s: a woman crosses the yard\\n6 s: the man in overalls lies on');
    expect(JSON.stringify(initial.requests[0]?.messages)).not.toContain('overalls');
  });

  it('sends a reply back with all of its faults, and notes them', async () => {
    const teacher = new Told(['', reply('D'), reply('B')]);
    const record = await recordOf(buildItem(item, deps(new Told([INITIAL]), teacher)));
    expect(record.provenance.teacher).toMatchObject({ attempts: 3, retriedFor: ['empty', 'wrong-answer'] });
    expect(record.provenance.teacher).toMatchObject({ promptTokens: 300, completionTokens: 30 });
    const [first, second, third] = teacher.requests;
    expect(first?.messages).toHaveLength(2);
    expect(second?.messages.slice(2)).toMatchObject([{ content: '(nothing)' }, { role: 'user' }]);
    expect(third?.messages).toHaveLength(6);
    expect(third?.messages[4]).toEqual({ role: 'assistant', content: reply('D') });
    expect(third?.messages[5]?.content).toContain('answer: expected B, received "D"');
    const seeds = teacher.requests.map(({ sampling }) => sampling?.seed);
    expect(new Set(seeds).size).toBe(3);
    expect(record.provenance.teacher?.seed).toBe(seeds[0]);
  });

  it('gives a teacher up after its attempts, with the last reply, however long', async () => {
    const endless = 'x'.repeat(2 ** 20);
    const reject = await rejectOf(buildItem(item, deps(new Told([INITIAL]), new Told([reply('A'), endless]))));
    expect(reject).toMatchObject({ stage: 'revision', reason: 'too-long', attempts: 3 });
    expect(reject.usage).toEqual({ promptTokens: 400, completionTokens: 40, costUsd: 0.00042 });
    expect(reject.lastReply?.startsWith('xxxx')).toBe(true);
    expect(JSON.stringify(reject).length).toBeLessThan(10_000);
  });

  it('puts a round in form that is out of it, and keeps what was said', async () => {
    const raw = `Let me see.\n${INITIAL.replace('A<', 'A. Climbs up<')} I am sure.`;
    const { initial, transcript } = await recordOf(buildItem(item, deps(new Told([raw]), new Told([reply('B')]))));
    expect(initial).toMatchObject({ completion: raw, wellFormed: false, answer: 'A' });
    expect(transcript).toContain('work on the sign.</think><answer>A. Climbs up</answer><reflection>');
  });

  it('reflects on an answer that names nothing', async () => {
    const raw = INITIAL.replace('A<', 'A or B<');
    const record = await recordOf(buildItem(item, deps(new Told([raw]), new Told([reply('B')]))));
    expect(record).toMatchObject({ path: 'correct', initial: { answer: null } });
  });

  it.each([
    ['The man falls.', 'initial-no-answer'],
    ['', 'initial-no-answer'],
    ['<answer>B</answer>', 'initial-no-reasoning'],
    ['<think>He <reflection> falls.</think><answer>B</answer>', 'initial-malformed'],
  ])('draws again for %j, under other seeds, and gives up where nothing else comes', async (text, reason) => {
    const greedy = new Told([text]);
    const teacher = new Told([reply('B')]);
    expect(await rejectOf(buildItem(item, deps(greedy, teacher, { maxAttempts: 5 })))).toMatchObject({
      ...{ stage: 'initial', reason, attempts: 0, lastReply: text },
      usage: { promptTokens: 200 },
    });
    expect(teacher.requests).toEqual([]);
    const drawing = new Told([text, 'again nothing', INITIAL]);
    await recordOf(buildItem(item, deps(drawing, teacher, { maxAttempts: 5 })));
    expect(new Set(drawing.requests.map(({ sampling }) => sampling?.seed)).size).toBe(3);
  });

  it('rejects what has no video, before anybody is asked', async () => {
    const model = new Told([INITIAL]);
    const video = { fault: 'video-missing', detail: 'expected a video file of that name, received none' };
    const reject = await rejectOf(buildItem({ ...item, video }, deps(model, model)));
    expect(reject).toMatchObject({
      stage: 'video',
      reason: 'video-missing',
      usage: { promptTokens: 0, costUsd: null },
    });
    expect(model.requests).toEqual([]);

    const vanished = SrvauError.mismatch('NOT_FOUND', 'file:///v/clip_01.mp4', 'an existing file', 'nothing there');
    const work = { ...deps(model, model), openVideo: () => Promise.reject(vanished) };
    expect(await rejectOf(buildItem(item, work))).toMatchObject({ stage: 'video', reason: 'video-missing' });
  });

  it('tells a fault of one item from one of the model', async () => {
    const corrupt = new VideoError('corrupt', '/v/clip_01.mp4', 'a video', 'noise');
    const atField = new SrvauError('UNPROCESSABLE', `messages[1].content[0]: ${corrupt.message}`, { cause: corrupt });
    const refused = new SrvauError('INVALID_REQUEST', 'the context is too long');
    const teacher = new Told([reply('B')]);
    expect(await rejectOf(buildItem(item, deps(new Told([atField]), teacher)))).toMatchObject({
      stage: 'video',
      reason: 'video-corrupt',
    });
    expect(await rejectOf(buildItem(item, deps(new Told([refused]), teacher)))).toMatchObject({
      stage: 'initial',
      reason: 'request-refused',
    });
    expect(await rejectOf(buildItem(item, deps(new Told([INITIAL]), new Told([reply('C'), refused]))))).toMatchObject({
      ...{ stage: 'teacher', reason: 'request-refused', attempts: 1, lastReply: reply('C') },
    });
    for (const code of ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'INTERNAL'] as const) {
      const ofAll = new SrvauError(code, 'not for you', {
        details: [{ field: 'model', expected: 'a', received: 'b' }],
      });
      await expect(buildItem(item, deps(new Told([ofAll]), teacher))).rejects.toBe(ofAll);
    }
  });

  it('shows the teacher the video, or the text alone', async () => {
    const teacher = new Told([reply('B')]);
    await recordOf(buildItem(item, deps(new Told([INITIAL]), teacher, { fps: 2, maxPixels: 5000 })));
    await recordOf(buildItem(item, deps(new Told([INITIAL]), teacher, { teacherSees: 'text' })));
    const [seeing, reading] = teacher.requests.map(({ messages }) => messages[1]?.content);
    expect(seeing).toMatchObject([
      { type: 'video', video: 'file:///v/clip_01.mp4', fps: 2, max_pixels: 5000 },
      { type: 'text' },
    ]);
    expect(typeof reading).toBe('string');
  });

  it('builds every task and path with the scripted models, to the same bytes each time', async () => {
    const scripted = async (): Promise<AskedModel> => {
      const model = await openModel('scripted:?accuracy=0.5');
      return {
        identity: model.describe(),
        ask: async (request, signal) => {
          const { completions, usage } = await model.generate(request, { signal });
          return { completion: completions[0] ?? { text: '', finishReason: 'stop' }, usage };
        },
      };
    };
    const items = Array.from({ length: 60 }, (_, i): BuildItem => {
      return { ...item, row: makeRow(i), task: i % 2 === 0 ? 'qa' : 'tag', sample: i % 4 };
    });
    const build = async (): Promise<ReflectRecord[]> => {
      const model = await scripted();
      return Promise.all(items.map((each) => recordOf(buildItem(each, deps(model, model)))));
    };
    const records = await build();
    expect(await build()).toEqual(records);
    const kinds = new Set(records.map(({ task, path, truth }) => `${task} ${path} ${truth.normal ?? ''}`));
    expect([...kinds].sort()).toEqual([
      ...['qa correct ', 'qa refine ', 'tag correct false', 'tag correct true', 'tag refine false', 'tag refine true'],
    ]);
  });
});
