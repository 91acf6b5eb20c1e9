import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configJson, rejection } from '../test/reference';
import {
  clipFromPatches,
  type ConfigSource,
  groupAdvantages,
  Model,
  Preprocessor,
  ProcessGroup,
  readClips,
  type RewardMatrix,
  totalsOf,
  totalWeight,
  Trainer,
} from '.';

let dir: string;
let model: Model;
let trainer: Trainer;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
  model = await Model.random({ json: configJson() }, { seed: 1 });
  trainer = await Trainer.create(model);
  await model.save(join(dir, 'whole'));
});
afterAll(async () => {
  await trainer.dispose();
  await model.dispose();
  rmSync(dir, { recursive: true, force: true });
});

const prompt = { ids: [1, 2, 3] };
/** What JavaScript without types passes. */
const untyped = (value: unknown): never => value as never;

describe('a path with a NUL character, at which the system would cut it, or an empty one', () => {
  const nul = (): string => `${join(dir, 'whole')}\0/elsewhere`;

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['dir', (path) => Model.load(path)],
    ['dir', (path) => Model.map(path)],
    ['config.dir', (path) => Model.random({ dir: path }, { seed: 1 })],
    ['dir', (path) => model.save(path)],
    ['companionsFrom', (path) => model.save(join(dir, 'out'), { companionsFrom: path })],
    ['mastersFrom', (path) => Trainer.create(model, { mastersFrom: path })],
    ['file', (path) => trainer.saveState(path)],
    ['file', (path) => trainer.loadState(path)],
    ['dir', (path) => Preprocessor.open(path)],
    ['file', (path) => readClips(path)],
    ['address', (path) => ProcessGroup.join({ rank: 0, worldSize: 1, address: path })],
    ['listenOn', (path) => ProcessGroup.join({ rank: 0, worldSize: 1, listenOn: path })],
  ])('is refused as %s (%#)', async (field, call) => {
    for (const path of [nul(), '']) {
      const error = await rejection(call(path));
      expect(error).toMatchObject({ name: 'NativeError', code: 'INVALID_ARGUMENT' });
      const message = `string that is not empty and has no NUL character for ${field} but received ${
        path === '' ? '' : String.raw`/tmp`
      }`;
      expect(error).toHaveProperty('message', expect.stringContaining(message));
      if (path !== '') expect(error).toHaveProperty('message', expect.stringContaining(String.raw`whole\u0000/else`));
    }
  });
});

describe('what JavaScript without types passes', () => {
  const rewards = { scores: [[1], [2]], weights: [1], groups: [0, 0] };
  const sample = { prompt, completion: [1], weights: [1] };
  const cases: [string, () => unknown][] = [
    ['an array for samples but received null', () => trainer.accumulateSft(untyped(null))],
    ['an object for samples[0] but received null', () => trainer.accumulateSft(untyped([null]))],
    [
      'a Float32Array or an array of numbers for samples[0].weights but received undefined',
      () => trainer.accumulateSft([{ ...sample, weights: untyped(undefined) }]),
    ],
    [
      'a number for samples[0].weights[0] but received x',
      () => trainer.accumulateSft([{ ...sample, weights: untyped(['x']) }]),
    ],
    ['an object for options but received null', () => trainer.accumulateSft([sample], untyped(null))],
    ['an array for groups but received undefined', () => trainer.accumulateGrpo(untyped(undefined))],
    ['an object for groups[0] but received 5', () => trainer.accumulateGrpo(untyped([5]))],
    [
      'an array for groups[0].rollouts but received null',
      () => trainer.accumulateGrpo(untyped([{ prompt, rollouts: null }])),
    ],
    ['an object for groups[0].rollouts[0]', () => trainer.accumulateGrpo(untyped([{ prompt, rollouts: [null] }]))],
    ['an array for groups but received undefined', () => model.logprobs(untyped(undefined))],
    ['an object for groups[0] but received null', () => model.logprobs(untyped([null]))],
    ['an object for scoring but received null', () => model.logprobs([], untyped(null))],
    ['an object for requests[0] but received null', () => model.generate(untyped([null]))],
    ['an object for sampling but received null', () => model.generate([], untyped(null))],
    ['an object for options but received null', () => model.generate([], {}, untyped(null))],
    ['an AbortSignal for signal but received an object', () => model.generate([], {}, { signal: untyped({}) })],
    ['an object for options but received null', () => Model.load('x', untyped(null))],
    ['an object for options but received undefined', () => Model.random({ json: '{}' }, untyped(undefined))],
    ['an object for config but received null', () => Model.random(untyped(null), { seed: 1 })],
    ['an object for options but received undefined', () => ProcessGroup.join(untyped(undefined))],
    ['an object for rewards but received null', () => groupAdvantages(untyped(null))],
    ['an array for rewards.scores but received null', () => groupAdvantages({ ...rewards, scores: untyped(null) })],
    ['an array for rewards.scores[1]', () => groupAdvantages({ ...rewards, scores: untyped([[1], null]) })],
    ['an array of numbers for rewards.weights', () => groupAdvantages(untyped({ ...rewards, weights: undefined }))],
    ['an array of numbers for rewards.groups', () => groupAdvantages(untyped({ ...rewards, groups: null }))],
    ['an array for samples but received null', () => totalWeight(untyped(null))],
    ['an array for groups[0].rollouts', () => totalsOf(untyped([{ prompt }]))],
  ];

  it.each(cases)('is named: %s', async (message, call) => {
    const error = await rejection(Promise.resolve().then(call));
    expect(error).toMatchObject({ name: 'NativeError', code: 'INVALID_ARGUMENT' });
    expect(error).toHaveProperty('message', expect.stringContaining(`Expected ${message}`));
  });
});

describe('numbers that nothing finite comes of', () => {
  it.each([NaN, Infinity, -Infinity, 3e38, -1e5])('are refused as pixel value %d', async (value) => {
    const pixels = new Float32Array(2 * 1176);
    pixels[1200] = value;
    const error = await rejection(clipFromPatches(pixels, { kind: 'image', grid: { t: 1, h: 1, w: 2 } }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/finite numbers of at most 65504 in size for pixels\[1200\] but received/),
    );
  });

  it('are refused as a learning rate, a weight of rewards, an advantage', async () => {
    expect(await rejection(trainer.step(1e308))).toHaveProperty(
      'message',
      'Expected number from 0 to 1 for learningRate but received 1e+308 of type number',
    );
    const rewards: RewardMatrix = { scores: [[1], [2]], weights: [1e308], groups: [0, 0] };
    expect(() => groupAdvantages(rewards)).toThrow('weights[0]: expected a number from -1e+09 to 1e+09');
    const rollouts = [{ ids: [1], advantage: 1e308 }];
    expect(await rejection(trainer.accumulateGrpo([{ prompt, rollouts }], { loss: { klCoef: 0 } }))).toHaveProperty(
      'message',
      expect.stringContaining('groups[0].rollouts[0].advantage: expected a number from -1e+09 to 1e+09'),
    );
  });

  it('are refused as weights of a checkpoint: when it is loaded, or where a mapped one is used', async () => {
    const broken = join(dir, 'broken');
    const name = 'model.layers.1.mlp.up_proj.weight';
    cpSync(join(dir, 'whole'), broken, { recursive: true });
    const file = join(broken, 'model.safetensors');
    const bytes = readFileSync(file);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    bytes.writeFloatLE(NaN, 8 + length + (header[name]?.data_offsets[0] ?? 0) + 4 * 7);
    writeFileSync(file, bytes);

    const loaded = await rejection(Model.load(broken));
    expect(loaded).toMatchObject({ code: 'CHECKPOINT' });
    const message = `${name}: expected finite weights, received nan as value 7 of [48, 32]`;
    expect(loaded).toHaveProperty('message', expect.stringContaining(message));

    await using mapped = await Model.map(broken);
    for (const used of [mapped.generate([{ prompt, seeds: [1] }]), mapped.logprobs([{ prompt, completions: [[4]] }])]) {
      const error = await rejection(used);
      expect(error).toMatchObject({ code: 'CHECKPOINT' });
      expect(error).toHaveProperty('message', expect.stringContaining(message));
    }
  });

  it('are refused in a configuration, under the name of what it is from', async () => {
    const json = configJson({ initializer_range: 1e308 });
    const from = async (config: ConfigSource): Promise<unknown> => rejection(Model.random(config, { seed: 1 }));
    const rest = 'initializer_range: expected a number from 0 to 100, received 1e+308';
    expect(await from({ json, name: '/presets/small.json' })).toMatchObject({
      code: 'CHECKPOINT',
      message: `/presets/small.json: ${rest}`,
    });
    expect(await from({ json })).toHaveProperty('message', `config.json: ${rest}`);
  });
});

describe('bounds of pixels', () => {
  const frames = new Uint8Array(2 * 56 * 56 * 3);
  const shape = { count: 2, height: 56, width: 56, fps: 1 };

  it('that cross, and those that no memory is for, are refused by name', async () => {
    const preprocessor = await Preprocessor.open(join(dir, 'whole'));
    const most = 2 ** 31 - 1;
    for (const [bounds, maxPixels] of [
      [{ minPixels: most }, 768 * 28 * 28],
      [{ minPixels: most, maxPixels: 1000 }, 1000],
    ] as const) {
      const error = await rejection(preprocessor.video(frames, shape, bounds));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      const message = `Expected at most maxPixels, ${maxPixels}, for minPixels but received ${most} of type number`;
      expect(error).toHaveProperty('message', message);
    }
    const patches = { ...preprocessor.settings.patches, temporalPatchSize: 4096 };
    const huge = new Preprocessor({ ...preprocessor.settings, patches });
    const error = await rejection(huge.video(frames, shape, { minPixels: most, maxPixels: most }));
    expect(error).toMatchObject({ code: 'OUT_OF_MEMORY' });
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/min_pixels 2147483647, .* GiB of memory, received 2 of/),
    );
  });

  it('of a caller go before those of the checkpoint', async () => {
    const preprocessor = await Preprocessor.open(join(dir, 'whole'));
    using small = await preprocessor.video(frames, shape, { maxPixels: 3000 });
    using asItIs = await preprocessor.video(frames, shape, { maxPixels: 5000 });
    using enlarged = await preprocessor.video(frames, shape);
    expect([small.grid, asItIs.grid, enlarged.grid]).toEqual([
      { t: 1, h: 2, w: 2 },
      { t: 1, h: 4, w: 4 },
      { t: 1, h: 24, w: 24 },
    ]);
  });
});
