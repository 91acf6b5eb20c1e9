import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configJson, distance, Reference, rejection } from '../test/reference';
import { clipFromPatches, Model, Preprocessor, readClips } from '.';

/** A safetensors file. */
function writeTensors(
  file: string,
  tensors: Record<string, { dtype: string; shape: number[]; data: ArrayBufferView }>,
) {
  const header: Record<string, unknown> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, text, ...parts]));
}

const PATCH_DIM = 1176;
const patches = (count: number): Float32Array =>
  Float32Array.from({ length: count * PATCH_DIM }, (_, i) => Math.sin(i * 0.37));
/** The prompt of a clip of `tokens` tokens. */
const idsOf = (pad: number, tokens: number): number[] => [1, 112, ...Array<number>(tokens).fill(pad), 113, 2];

describe('clips', () => {
  let dir: string;
  let model: Model;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
    model = await Model.random({ json: configJson() }, { seed: 1 });
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(dir, { recursive: true, force: true });
  });

  const scoresOf = async (ids: number[], clips: Awaited<ReturnType<typeof clipFromPatches>>[]) => {
    const [scores] = await model.logprobs([{ prompt: { ids, clips }, completions: [] }], { scope: 'everything' });
    return scores?.prompt?.logprobs ?? new Float32Array();
  };

  it('from a file are those of the same patches', async () => {
    const file = join(dir, 'vision.safetensors');
    const pixels = patches(8 + 16);
    writeTensors(file, {
      pixel_values_videos: { dtype: 'F32', shape: [24, PATCH_DIM], data: pixels },
      video_grid_thw: { dtype: 'I64', shape: [2, 3], data: BigInt64Array.of(2n, 2n, 2n, 1n, 4n, 4n) },
      second_per_grid_ts: { dtype: 'F32', shape: [2], data: Float32Array.of(2, 1) },
    });
    const { images, videos } = await readClips(file);
    expect(images).toEqual([]);
    expect(videos.map(({ kind, grid, secondPerGrid }) => ({ kind, grid, secondPerGrid }))).toEqual([
      { kind: 'video', grid: { t: 2, h: 2, w: 2 }, secondPerGrid: 2 },
      { kind: 'video', grid: { t: 1, h: 4, w: 4 }, secondPerGrid: 1 },
    ]);
    expect(videos.map((clip) => clip.tokens(model.info.vision.spatialMergeSize))).toEqual([2, 4]);
    const made = [
      await clipFromPatches(pixels.slice(0, 8 * PATCH_DIM), {
        kind: 'video',
        grid: { t: 2, h: 2, w: 2 },
        secondPerGrid: 2,
      }),
      await clipFromPatches(pixels.slice(8 * PATCH_DIM), {
        kind: 'video',
        grid: { t: 1, h: 4, w: 4 },
        secondPerGrid: 1,
      }),
    ];
    const ids = [...idsOf(111, 2), ...idsOf(111, 4)];
    expect(await scoresOf(ids, videos)).toEqual(await scoresOf(ids, made));
  });

  it('from a file that lacks something are refused', async () => {
    const file = join(dir, 'lacking.safetensors');
    const grid = { dtype: 'I64', shape: [1, 3], data: BigInt64Array.of(1n, 2n, 2n) };
    writeTensors(file, {
      pixel_values_videos: { dtype: 'F32', shape: [4, PATCH_DIM], data: patches(4) },
      video_grid_thw: grid,
    });
    const error = await rejection(readClips(file));
    expect(error).toMatchObject({ code: 'CHECKPOINT' });
    expect(error).toHaveProperty('message', expect.stringContaining('second_per_grid_ts: expected this tensor'));
    writeTensors(file, {
      pixel_values: { dtype: 'F32', shape: [3, PATCH_DIM], data: patches(3) },
      image_grid_thw: grid,
    });
    expect(await rejection(readClips(file))).toHaveProperty('message', expect.stringContaining('pixel_values'));
  });

  it('in several prompts of a call are the same object or equal ones, with one result', async () => {
    const grid = { t: 1, h: 2, w: 4 };
    const shared = await clipFromPatches(patches(8), { kind: 'image', grid });
    const equal = await clipFromPatches(patches(8), { kind: 'image', grid });
    const groups = [shared, shared, equal].map((clip) => ({
      prompt: { ids: idsOf(110, 2), clips: [clip] },
      completions: [],
    }));
    const [a, b, c] = await model.logprobs(groups, { scope: 'everything' });
    expect(b).toEqual(a);
    expect(distance(c?.prompt?.logprobs ?? [], a?.prompt?.logprobs ?? [])).toBeLessThan(1e-5);
  });

  it('need a whole number of values a patch, that of the model', async () => {
    const grid = { t: 1, h: 2, w: 2 };
    const ragged = await rejection(clipFromPatches(new Float32Array(4 * PATCH_DIM - 1), { kind: 'image', grid }));
    expect(ragged).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const narrow = await clipFromPatches(new Float32Array(4 * 10), { kind: 'image', grid });
    const error = await rejection(scoresOf(idsOf(110, 1), [narrow]));
    expect(error).toHaveProperty('message', expect.stringContaining('clips[0].pixels: expected (4, 1176)'));
    const wide = await clipFromPatches(patches(4), { kind: 'image', grid });
    expect(await rejection(scoresOf(idsOf(110, 2), [wide]))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('a preprocessor', () => {
  const frame = (height: number, width: number, shade: number): Uint8Array =>
    new Uint8Array(height * width * 3).fill(shade);

  it('reads its settings from a checkpoint and makes clips of frames', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
    try {
      cpSync(new Reference('published-layout').dir, dir, { recursive: true });
      writeFileSync(join(dir, 'preprocessor_config.json'), '{"min_pixels": 784, "max_pixels": 7840}');
      const preprocessor = await Preprocessor.open(dir);
      expect(preprocessor.settings.patches).toEqual({ patchSize: 14, spatialMergeSize: 2, temporalPatchSize: 2 });
      expect(preprocessor.settings.image).toMatchObject({ minPixels: 784, maxPixels: 7840 });
      const frames = new Uint8Array(3 * 60 * 90 * 3).fill(100);
      const size = { height: 60, width: 90 };
      const clip = await preprocessor.video(frames, { ...size, count: 3, fps: 1 }, { minPixels: 784, maxPixels: 7840 });
      expect(clip).toMatchObject({ kind: 'video', grid: { t: 2, h: 4, w: 6 }, secondPerGrid: 2 });
      const image = await preprocessor.image(frame(60, 90, 7), size);
      expect(image).toMatchObject({ kind: 'image', grid: { t: 1, h: 4, w: 6 }, secondPerGrid: 0 });
      const model = await Model.load(dir);
      const ids = [1, 112, ...Array<number>(clip.tokens(2)).fill(111), 113];
      const [[completion] = []] = await model.generate([{ prompt: { ids, clips: [clip] }, seeds: [1] }], {
        maxNewTokens: 2,
      });
      expect(completion?.ids).toHaveLength(2);
      await model.dispose();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it.each([
    [{ count: 2, height: 28, width: 28, fps: 1 }, 'Expected count x height x width x 3'],
    [{ count: 0, height: 28, width: 28, fps: 1 }, 'Expected integer from 1 to 2147483647 for count'],
    [{ count: 1, height: 28, width: 28, fps: 0 }, 'Expected a number above 0 for fps'],
    [{ count: 2 ** 31, height: 2 ** 31, width: 2 ** 31, fps: 1 }, 'Expected integer from 1 to 2147483647 for count'],
  ])('refuses frames of the shape %j', async (shape, message) => {
    const preprocessor = await Preprocessor.open(new Reference('published-layout').dir);
    const error = await rejection(preprocessor.video(frame(28, 28, 0), shape));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(error).toHaveProperty('message', expect.stringContaining(message));
  });
});
