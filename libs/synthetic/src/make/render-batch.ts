import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClipEncoder, encodeClips } from '@srvau/video';
import { type ClipOrder, composeScene } from '../choreography/compose';
import type { FootageReader } from '../composite/footage-reader';
import { Random } from '../random/random';
import { FrameRenderer } from '../render/frame-renderer';
import type { SceneScript } from '../script/scene-script';
import { fileError, PARTIAL_PREFIX, SYNTH_FILES, writeWhole } from './files';

/** Where footage lies, by its hash. */
export type FootagePaths = Readonly<Record<string, { path: string; durationSec: number }>>;

export interface BatchContext {
  /** The data set's directory. */
  out: string;
  footage: FootagePaths;
  reader: FootageReader;
  signal: AbortSignal;
}

/** Composes the scene of an order: the script depends on the order alone. */
export const scriptOf = (order: ClipOrder): SceneScript => composeScene(order, new Random(order.seed));

export const videoPath = (out: string, id: string): string => join(out, SYNTH_FILES.videos, `${id}.mp4`);
export const scriptPath = (out: string, id: string): string => join(out, SYNTH_FILES.scripts, `${id}.json`);

/**
 * Renders some clips at once and writes their scripts and videos. A clip's video gets its name last, so a video that is there
 * is whole and has its script.
 * @throws SrvauError, see `encodeClips` and `fileError`; the reason of `signal`
 */
export async function renderBatch(orders: readonly ClipOrder[], context: BatchContext): Promise<void> {
  const { out, signal } = context;
  const scripts = orders.map(scriptOf);
  const partials = scripts.map(({ id }) => join(out, SYNTH_FILES.videos, `${PARTIAL_PREFIX}${id}.mp4`));
  const targets = scripts.map(({ video }, i) => ({ ...video, path: partials[i] as string }));
  let encoder: ClipEncoder | undefined;
  try {
    const behind = await Promise.all(scripts.map((script) => footageBehind(script, context)));
    encoder = await encodeClips(targets, { signal });
    await drawAll(scripts, behind, encoder, signal);
    await encoder.finish();
    for (const [i, script] of scripts.entries()) {
      await writeWhole(scriptPath(out, script.id), `${JSON.stringify(script)}\n`);
      await rename(partials[i] as string, videoPath(out, script.id));
    }
  } catch (error) {
    await encoder?.kill();
    await Promise.all(partials.map((path) => rm(path, { force: true }).catch(() => undefined)));
    signal.throwIfAborted();
    throw fileError(error, out);
  }
}

/** The clips go on independently: each waits only while the encoder is behind with that one. */
async function drawAll(
  scripts: readonly SceneScript[],
  behind: readonly (readonly Uint8Array[] | null)[],
  encoder: ClipEncoder,
  signal: AbortSignal,
): Promise<void> {
  const draw = async (script: SceneScript, i: number): Promise<void> => {
    const renderer = new FrameRenderer(script);
    for (let frame = 0; frame < script.video.frames; frame += 1) {
      signal.throwIfAborted();
      const { data } = renderer.render(frame, behind[i]?.[frame]);
      // A copy: the renderer draws the next frame into the same picture while this one may still wait.
      await encoder.write(i, Buffer.from(data));
    }
    encoder.end(i);
  };
  await Promise.all(scripts.map(draw));
}

async function footageBehind(script: SceneScript, context: BatchContext): Promise<Uint8Array[] | null> {
  const { footage, video } = script;
  if (footage === null) return null;
  const file = context.footage[footage.sha256];
  if (file === undefined) throw new RangeError(`expected the path of footage ${footage.name}, received none`);
  const { width, height, fps } = video;
  const wanted = { path: file.path, crop: footage.crop, width, height, fps };
  return context.reader.read(wanted, footage.startSec, video.frames, file.durationSec, context.signal);
}
