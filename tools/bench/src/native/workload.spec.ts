import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClips } from '@srvau/native';
import { modelShape, specialTokens } from './model-shape';
import { Requests } from './requests';
import { makeWorkload } from './workload';

const shape = modelShape(128, 1024, 4);
const workload = makeWorkload(shape, 3);

describe('the workload', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(makeWorkload(shape, 3)).toEqual(workload);
    expect(makeWorkload(shape, 4).lengths).not.toEqual(workload.lengths);
  });

  it('has prompts of 100 to 170 tokens with one clip each', () => {
    const { firstText, lastText, videoPad, visionStart, visionEnd } = specialTokens(shape);
    expect(workload.prompts).toHaveLength(8);
    for (const { ids, vision } of workload.prompts) {
      expect(ids.length).toBeGreaterThanOrEqual(100);
      expect(ids.length).toBeLessThanOrEqual(170);
      expect(vision).toHaveLength(1);
      const start = ids.indexOf(visionStart);
      expect(ids.slice(start + 1, start + 17)).toEqual(Array.from({ length: 16 }, () => videoPad));
      expect(ids[start + 17]).toBe(visionEnd);
      const text = [...ids.slice(0, start), ...ids.slice(start + 18)];
      expect(Math.min(...text)).toBeGreaterThanOrEqual(firstText);
      expect(Math.max(...text)).toBeLessThanOrEqual(lastText);
    }
  });

  it('ends samples where a trained policy does', () => {
    // Enough of them for their mean to be that of the distribution, which clamping hardly moves.
    const lengths = Array.from({ length: 100 }, (_, seed) => makeWorkload(shape, seed).lengths.flat()).flat();
    expect(Math.min(...lengths)).toBe(20);
    expect(Math.max(...lengths)).toBe(200);
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(mean).toBeGreaterThan(110);
    expect(mean).toBeLessThan(120);
  });

  it('has sequences of 300 tokens that learn the answer alone', () => {
    workload.sequences.forEach(({ ids, weights }, i) => {
      const prompt = workload.prompts[i]?.ids ?? [];
      expect(ids).toHaveLength(300);
      expect(ids.slice(0, prompt.length)).toEqual(prompt);
      expect(weights).toEqual(ids.map((_, token) => (token < prompt.length ? 0 : 1)));
    });
  });

  it('is written so that both sides can read it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'srvau-bench-spec-'));
    try {
      const requests = await Requests.make(dir, shape, workload, { threads: 2, seed: 7, device: 'cpu' });
      const request = JSON.parse(await readFile(await requests.generate(3), 'utf8')) as Record<string, unknown>;
      expect(request).toMatchObject({ threads: 2, seed: 7, samples: 4, lengths: workload.lengths, repeats: 3 });
      expect(request).toMatchObject({ pixels: 'pixels.safetensors', prompts: workload.prompts });
      const { images, videos } = await readClips(String(request['clips']));
      expect(images).toEqual([]);
      expect(videos.map(({ grid }) => grid)).toEqual(workload.prompts.map(() => ({ t: 4, h: 4, w: 4 })));
      expect(videos.map(({ secondPerGrid }) => secondPerGrid)).toEqual(workload.prompts.map(() => 2));
      for (const clip of videos) await clip.dispose();
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
