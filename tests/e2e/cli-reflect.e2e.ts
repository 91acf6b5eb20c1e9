import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatasetRow, ReflectRecord } from '@srvau/contracts';
import { renderTranscript } from '@srvau/reasoning';
import { makeRecord, makeReject, readReflectRecords, writeReflectDataset } from '@srvau/reflection-data';
import { CliHome } from './support/cli';
import { CCTV } from './support/gated-videos';

jest.setTimeout(180_000);

let home: CliHome;
let records: ReflectRecord[];
beforeAll(async () => {
  home = await CliHome.create();
  records = await reflect('r');
});
afterAll(() => home.remove());

const at = (...names: string[]): string => join(home.dir, ...names);

/** D_reflect over an ingest of the shipped clips, as a build would leave it; two records of the first clip with a span. */
async function reflect(name: string): Promise<ReflectRecord[]> {
  const ingest = [
    'dataset',
    'ingest',
    '--annotations',
    join(CCTV, 'annotations.csv'),
    '--videos',
    CCTV,
    '--out',
    'parent',
  ];
  expect(await home.run(ingest)).toMatchObject({ code: 0 });
  const manifest = await readFile(at('parent', 'manifest.jsonl'), 'utf8');
  const rows = manifest
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as DatasetRow);
  const row = rows.find(
    ({ groundingEligible, spanSec, videoKey }) => groundingEligible && spanSec !== null && videoKey !== null,
  );
  if (row === undefined || row.spanSec === null) throw new Error('expected a row with a span in the fixture');
  const [startSec, endSec] = row.spanSec;
  const { id: rowId, source, video, videoKey, durationSec, anomalyClass } = row;
  const known = {
    ...{
      rowId,
      source,
      video,
      videoKey,
      durationSec,
      anomalyClass,
      sample: 0,
      split: 'train' as const,
      videoUri: null,
    },
    ...{ completion: null, wellFormed: null, provenance: { initial: null, teacher: null } },
  };
  const records = [
    makeRecord({
      ...known,
      ...{
        task: 'qa',
        question: 'Who is it? <b>',
        options: ['nobody', 'a man'],
        correctOption: 'B',
        truth: { label: 'B' },
      },
      transcript: renderTranscript(
        {
          grammar: 'reflective',
          initial: { think: 'Nobody is seen.', answer: { option: 'A' } },
          reflection: 'The walker at the edge was overlooked.',
          revision: { think: 'A man walks along the edge.', answer: { option: 'B' } },
        },
        'qa',
      ),
    }),
    makeRecord({
      ...known,
      ...{
        task: 'tag',
        question: null,
        options: null,
        correctOption: null,
        truth: { normal: false, spanSec: row.spanSec },
      },
      transcript: renderTranscript(
        {
          grammar: 'reflective',
          initial: { think: 'All is quiet.', answer: { verdict: 'normal' } },
          reflection: 'The fall was taken for a step.',
          revision: { think: 'It falls.', answer: { verdict: 'anomaly', span: { startSec, endSec } } },
        },
        'tag',
      ),
    }),
  ];
  await mkdir(at(name));
  await writeReflectDataset(at(name), {
    writtenBy: 'a test',
    inputs: {
      dataset: {
        uri: pathToFileURL(at('parent')).href,
        sha256: createHash('sha256').update(manifest).digest('hex'),
        ...{ rows: rows.length, fps: 1 },
      },
      ...{ initial: null, teacher: null, splits: null, imported: [], settings: {} },
    },
    stoppedBy: null,
    records,
    rejects: [
      makeReject({
        ...{ rowId: 'other.mp4', task: 'qa', sample: 0, stage: 'revision', reason: 'wrong-answer', detail: 'not B' },
        ...{ attempts: 3, lastReply: null, usage: { promptTokens: 1, completionTokens: 1, costUsd: null } },
      }),
    ],
  });
  return records;
}

describe('srvau dataset, of reflections', () => {
  it('shows, reports, exports, and imports the same again', async () => {
    const shown = await home.run(['dataset', 'show', 'r', '--samples', '1']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/split train +2 +1 +1 +1\n/);
    expect(shown.stdout).toMatch(/rejected: 1\n +1 +wrong-answer/);
    expect(shown.stdout).toMatch(/reflection +The walker at the edge was overlooked\.\n/);
    expect(shown.stdout).not.toContain('All is quiet');
    expect(shown.stdout).not.toContain('\u001b');
    const one = await home.run(['dataset', 'show', 'r', '--id', records[1]?.id ?? ''], { FORCE_COLOR: '1' });
    expect(one.stdout).toContain('\u001b[35mThe fall was taken for a step.\u001b[39m');
    const all = await home.json<{ sample: unknown[]; statistics: unknown }>(['dataset', 'show', 'r', '--samples', '9']);
    expect(all.sample).toEqual(records);

    const report = await home.json<{ samples: number; frames: number }>([
      'dataset',
      'report',
      'r',
      '--out',
      'page/r.html',
    ]);
    expect(report.samples).toBe(2);
    expect(report.frames).toBeGreaterThan(2);
    const page = await readFile(at('page', 'r.html'), 'utf8');
    expect(page).toContain('Who is it? &lt;b&gt;');
    expect(page.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(report.frames);

    for (const format of ['trl', 'ms-swift', 'llama-factory']) {
      const exported = await home.run([
        'dataset',
        'export',
        'r',
        '--format',
        format,
        '--videos',
        CCTV,
        '--out',
        format,
      ]);
      expect(exported).toMatchObject({ code: 0, stderr: '' });
      const back = await home.run(['dataset', 'import', format, '--format', format, '--out', `from ${format}`]);
      expect(back).toMatchObject({ code: 0, stderr: '' });
      expect(back.stdout).toContain('2 records of 1 video (train 2, val 0, test 0)');
      for (const name of ['records.jsonl', 'records.parquet']) {
        expect(await readFile(at(`from ${format}`, name))).toEqual(await readFile(at('r', name)));
      }
    }
    const framed = ['dataset', 'export', 'r', '--format', 'trl', '--frames', '2', '--out', 'framed'];
    expect(await home.run(framed)).toMatchObject({ code: 0 });
    const [line = ''] = (await readFile(at('framed', 'sft', 'train.jsonl'), 'utf8')).split('\n');
    const { images } = JSON.parse(line) as { images: string[] };
    expect(images).toHaveLength(2);
    expect((await readFile(images[1] ?? '')).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    await home.quiet();
  });

  it('names what is wrong, and makes nothing', async () => {
    await cp(at('r'), at('broken'), { recursive: true });
    const file = at('broken', 'records.jsonl');
    await writeFile(file, (await readFile(file, 'utf8')).replace('</reflection>', '</thought>'));
    const before = await readdir(home.dir);
    const fault = /records\.jsonl, line 1: transcript: expected the segments think, answer, reflection, think, answer/;
    for (const args of [
      ['show', 'broken'],
      ['report', 'broken', '--out', 'r.html'],
      ['export', 'broken', '--format', 'trl', '--out', 'x'],
      ['import', 'broken', '--format', 'srvau', '--out', 'x'],
    ]) {
      const { code, stdout, stderr } = await home.run(['dataset', ...args]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(fault);
    }
    expect(await readdir(home.dir)).toEqual(before);

    const missing = await home.run(['dataset', 'show', 'parent', '--id', 'nobody']);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/--id: expected the id of a row, received "nobody"/);
    const frames = await home.run(['dataset', 'export', 'r', '--format', 'ms-swift', '--frames', '2', '--out', 'x']);
    expect(frames).toMatchObject({ code: 2 });
    expect(frames.stderr).toMatch(/--frames: expected --format trl/);
  });

  it('takes conversations from elsewhere', async () => {
    const theirs = {
      messages: [
        { role: 'user', content: '<video>Who?\nA. nobody\nB. a man' },
        { role: 'assistant', content: records[0]?.transcript },
      ],
      videos: ['v.mp4'],
    };
    await writeFile(at('theirs.jsonl'), `${JSON.stringify(theirs)}\n`);
    const args = [
      'dataset',
      'import',
      'theirs.jsonl',
      '--format',
      'llama-factory',
      '--splits',
      '0,1,0',
      '--out',
      'made',
    ];
    expect(await home.run(args)).toMatchObject({ code: 0 });
    const made: ReflectRecord[] = [];
    for await (const each of readReflectRecords(at('made'))) made.push(each);
    expect(made).toMatchObject([{ id: 'theirs.jsonl:1:qa:0', split: 'val', question: 'Who?', correctOption: 'B' }]);
  });
});
