import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ReflectRecord, silentLog, TrainConfig } from '@srvau/contracts';
import type { MediaPath } from '@srvau/models';
import { Model, type ModelInfo } from '@srvau/native';
import { renderTranscript } from '@srvau/reasoning';
import { TinyWorld } from '../../test/tiny-world';
import { BatchPrefetch } from './batch-prefetch';
import { TrainingData, type TrainingDataOptions } from './training-data';

let world: TinyWorld;
let model: ModelInfo;
const opened: TrainingData[] = [];
beforeAll(async () => {
  world = await TinyWorld.make({ train: 6, val: 2, test: 1 });
  await using loaded = await Model.load(world.model);
  model = loaded.info;
});
afterEach(() => opened.splice(0).forEach((data) => data.close()));
afterAll(() => world.dispose());

const never = new AbortController().signal;
const mediaPath: MediaPath = ({ uri }) => Promise.resolve(fileURLToPath(uri));

async function open(
  options: Partial<TrainingDataOptions> & { change?: Partial<TrainConfig> } = {},
): Promise<TrainingData> {
  const { change, ...rest } = options;
  const data = await TrainingData.open({
    dir: world.data,
    modelDir: world.model,
    prompt: 'reflection-sft',
    distinct: 'records',
    config: Object.assign(new TrainConfig(), change),
    log: silentLog,
    signal: never,
    model,
    mediaPath,
    ...rest,
  });
  opened.push(data);
  return data;
}

let written = 0;
const write = (...records: ReflectRecord[]): Promise<string> =>
  world.writeData(records, join(world.dir, `data-${(written += 1)}`));

const tagRecord = (n: number): ReflectRecord =>
  world.record('train', n, {
    task: 'tag',
    question: null,
    options: null,
    correctOption: null,
    truth: { normal: true },
    transcript: renderTranscript(
      {
        grammar: 'reflective',
        initial: { think: 'I look.', answer: { verdict: 'normal' } },
        reflection: 'It is so.',
        revision: { think: 'Still.', answer: { verdict: 'normal' } },
      },
      'tag',
    ),
  });

describe('TrainingData', () => {
  it('holds the training and validation splits in the order of ids, never the test split', async () => {
    const data = await open();
    expect(data.train.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5].map((n) => `train-000${n}:qa:0`));
    expect(data.val.map(({ id }) => id)).toEqual(['val-0000:qa:0', 'val-0001:qa:0']);
    expect(data.train[0]).toMatchObject({ rowId: 'train-0000', task: 'qa', truth: { label: 'A' } });
    expect(data.train[0]?.prompt).toMatchObject({ id: 'reflection-sft/qa', grammar: 'reflective' });
  });

  it('takes what the configuration asks for', async () => {
    const again = world.record('train', 0, { sample: 1 });
    const dir = await write(world.record('train', 0), again, world.record('train', 1), tagRecord(0));
    const ids = async (options: Parameters<typeof open>[0]): Promise<string[]> =>
      (await open({ dir, ...options })).train.map(({ id }) => id);
    expect(await ids({})).toEqual(['train-0000:qa:0', 'train-0000:qa:1', 'train-0000:tag:0', 'train-0001:qa:0']);
    expect(await ids({ change: { tasks: ['tag'] } })).toEqual(['train-0000:tag:0']);
    expect(await ids({ distinct: 'prompts' })).toEqual(['train-0000:qa:0', 'train-0000:tag:0', 'train-0001:qa:0']);
  });

  it('draws a smaller training split from the seed', async () => {
    const ids = async (seed: number): Promise<string[]> =>
      (await open({ change: { seed, limit: 3 } })).train.map(({ id }) => id);
    const drawn = await Promise.all([1, 2, 3, 4, 5].map(ids));
    for (const each of drawn) expect([each.length, [...each].sort()]).toEqual([3, each]);
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1);
    expect(await ids(1)).toEqual(drawn[0]);
    expect((await open({ change: { limit: 100 } })).train).toHaveLength(6);
  });

  it('prepares a prompt with its clip', async () => {
    const data = await open();
    const [item] = data.train;
    if (item === undefined) throw new Error('no item');
    const prompt = await data.prepare(item, never);
    const text = data.tokenizer.decode(prompt.ids);
    expect(text).toMatch(/^<\|im_start\|>system\n.*Which colour\?.*<\|im_start\|>assistant\n$/s);
    // 2 s at 1 FPS are one temporal patch of 4 × 4 patches, merged by twos.
    expect(prompt.ids.filter((id) => id === model.tokens.videoPad)).toHaveLength(4);
    expect(prompt.clips.map(({ grid }) => grid)).toEqual([{ t: 1, h: 4, w: 4 }]);
    prompt.release();
    expect(data.tokenizer.tokenOf(await data.endOfTurn())).toBe('<|im_end|>');
  });
});

describe('a dataset that cannot be trained on', () => {
  it('has no records of the tasks: what it has is told', async () => {
    const dir = await write(world.record('train', 0), world.record('val', 0));
    await expect(open({ dir, change: { tasks: ['tag'] } })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: `${dir}: expected records of tag in the training split, received none (1 of train/qa, 1 of val/qa)`,
    });
  });

  it('has no videos: they are counted by reason, and the first named', async () => {
    const without = [0, 1].map((n) => world.record('train', n, { videoUri: null }));
    const dir = await write(...without, world.record('train', 2, { videoUri: 'clips/a.mp4' }));
    await expect(open({ dir })).rejects.toThrow(
      'received 3 without a file: or s3: URI of the video (train-0000:qa:0, train-0001:qa:0, train-0002:qa:0)',
    );
    const gone = await write(world.record('train', 0), world.record('train', 1, { videoUri: 'file:///nowhere/a.mp4' }));
    await expect(open({ dir: gone })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message:
        'data: expected videos that can be read, for every record, received 1 whose video is not there (train-0001:qa:0)',
    });
  });

  it('has a video that is none: the record is named when it is read', async () => {
    const path = join(world.dir, 'broken.mp4');
    writeFileSync(path, await readFile(__filename));
    const data = await open({ dir: await write(world.record('train', 0, { videoUri: `file://${path}` })) });
    const prepared = data.prepareAll(data.train, never);
    await expect(prepared).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    await expect(prepared).rejects.toThrow(/^record train-0000:qa:0: /);
  });

  it('leaves out a question that would pass for a video', async () => {
    const dir = await write(world.record('train', 0), world.record('train', 1, { question: 'What is <|video_pad|>?' }));
    const warned: string[] = [];
    const log = { ...silentLog, warn: (_: object, message: string) => void warned.push(message) };
    expect((await open({ dir, log })).train).toHaveLength(1);
    expect(warned).toEqual(['left out: 1 whose question holds <|video_pad|> (train-0001:qa:0)']);
  });

  it('is none at all', async () => {
    await expect(open({ dir: join(world.dir, 'videos') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('BatchPrefetch', () => {
  it('prepares the next batch while one is in use', async () => {
    const data = await open();
    const asked: string[][] = [];
    const prepareAll: TrainingData['prepareAll'] = (items, signal) => {
      asked.push(items.map(({ id }) => id));
      return data.prepareAll(items, signal);
    };
    const [first, second, third] = [data.train.slice(0, 2), data.train.slice(2, 4), data.train.slice(4)];
    {
      await using prefetch = new BatchPrefetch({ prepareAll });
      (await prefetch.take(first, second, never)).release();
      expect(asked).toHaveLength(2);
      const batch = await prefetch.take(second, undefined, never);
      expect(asked).toHaveLength(2);
      expect(batch.prompts).toHaveLength(2);
      batch.release();
      // Another one than was promised, and one that nobody takes.
      (await prefetch.take(first, second, never)).release();
      (await prefetch.take(third, first, never)).release();
      expect(asked).toHaveLength(6);
    }
    const ended = AbortSignal.abort(new Error('enough'));
    await using prefetch = new BatchPrefetch({ prepareAll });
    await expect(prefetch.take(first, second, ended)).rejects.toThrow('enough');
  });
});
