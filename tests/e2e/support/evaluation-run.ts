import { copyFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetRow } from '@srvau/contracts';
import { sha256OfFile } from '@srvau/models';
import { makeRow, writeSmallDataset } from '../../../apps/dataset/test/small-dataset';
import { startFakeOpenai } from '../../../libs/models/test/fake-openai/server.mjs';
import type { TinyWorld } from '../../../apps/training/test/tiny-world';
import { GOOD } from './judge';

export type Fake = Awaited<ReturnType<typeof startFakeOpenai>>;

/** Of every ten rows: one without a video, one whose file is none. */
const MISSING = 4;
const DAMAGED = 7;

/** A dataset of questions about clips of one colour. Each question says which row it is of. */
export async function writeColours(dir: string, world: TinyWorld, rows: number): Promise<void> {
  const digests = Object.fromEntries(
    await Promise.all(
      COLOURS.map(async (colour) => [colour, await sha256OfFile(join(world.dir, `${colour}.mp4`))] as const),
    ),
  );
  const all = Array.from({ length: rows }, (_, i): DatasetRow => {
    const colour = colourOf(i);
    const video = i % 10 === MISSING ? 'gone.mp4' : i % 10 === DAMAGED ? 'damaged.mp4' : `${colour}.mp4`;
    return makeRow(i, {
      ...{
        id: `row-${i}`,
        video,
        videoSha256: digests[video.replace('.mp4', '')] ?? null,
        durationSec: 2,
        frames: 2,
        source: i % 2 === 0 ? 'msad' : 'ucf',
      },
      ...{ question: `Which colour has row ${i}?`, options: ['red', 'blue', 'green', 'grey'] },
      ...{ correctOption: colour === 'red' ? 'A' : 'B', spanSec: i % 3 === 0 ? null : [0.5, 1.5] },
      description: `The wall of row ${i} is ${colour}.`,
    });
  });
  await writeSmallDataset(dir, all);
  const videos = join(dir, 'videos');
  await rm(join(videos, 'gone.mp4'), { force: true });
  for (const colour of COLOURS) await copyFile(join(world.dir, `${colour}.mp4`), join(videos, `${colour}.mp4`));
}

const COLOURS = ['red', 'blue'] as const;
const colourOf = (row: number): (typeof COLOURS)[number] => (row % 2 === 0 ? 'red' : 'blue');

interface ChatBody {
  model: string;
  messages: { role: string; content: string | { type: string; text?: string }[] }[];
}

/** Text of a request, from the first message to the last. */
export const textOf = ({ messages }: ChatBody): string =>
  messages
    .flatMap(({ content }) => (typeof content === 'string' ? [content] : content.map(({ text = '' }) => text)))
    .join('\n');

/**
 * An endpoint that answers every question right, thinks where it is asked to, and judges as `judge`. It holds back its answer to
 * row 3, and takes no request about row 5.
 */
export function startModel(options: { port?: number; latencyMs?: number } = {}): Promise<Fake> {
  return startFakeOpenai({
    ...options,
    reply: ({ body }) => {
      const { model } = body as ChatBody;
      const text = textOf(body as ChatBody);
      if (model === 'judge') return GOOD;
      const row = Number(/ row (\d+)\?/.exec(text)?.[1] ?? NaN);
      if (row === 3) return { text: '', finish: 'content_filter' };
      if (row === 5) return { status: 400, body: '{"error":{"message":"no such pictures"}}' };
      const answer = Number.isNaN(row) ? '' : colourOf(row) === 'red' ? 'A' : 'B';
      if (text.includes('describe the given video')) return '<think>I look.</think><answer>A wall.</answer>';
      if (answer === '') return round('Anomaly</answer><glue>[0.5, 1.0]</glue>', false);
      return text.includes('with no reasoning before or after it')
        ? `<answer>${answer}</answer>`
        : round(`${answer}</answer>`, true);
    },
  });
}

function round(answer: string, twice: boolean): string {
  const one = `<think>I look.</think><answer>${answer}`;
  return twice ? `${one}<reflection>It is so.</reflection>${one}` : one;
}

/** Everything that a finished run has written but its work, by name. */
export async function filesOf(report: string): Promise<Record<string, string>> {
  const names = (await readdir(report, { withFileTypes: true })).filter((entry) => entry.isFile());
  const all = names.map(async ({ name }) => [name, await readFile(join(report, name), 'base64')] as const);
  return Object.fromEntries(await Promise.all(all));
}

/** Keys of what a run has answered so far. */
export async function answeredKeys(report: string): Promise<string[]> {
  const text = await readFile(join(report, 'work/answers.jsonl'), 'utf8').catch(() => '');
  const whole = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
  return whole.flatMap((line) => (JSON.parse(line) as [string, unknown][]).map(([key]) => key));
}
