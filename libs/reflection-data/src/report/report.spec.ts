import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATASET_FILES, type ReflectCard, type ReflectInputs, type ReflectRecord } from '@srvau/contracts';
import fc from 'fast-check';
import { inputs, qaRecord, reject, tagRecord } from '../../test/records';
import { writeReflectDataset } from '../disk/write';
import { StatisticsBuilder } from '../statistics/statistics';
import { chooseSamples } from './choose-samples';
import { frameIndices } from './frames';
import { reportPage } from './report-page';
import { writeReport } from './write-report';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-report-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);

/** A parent dataset with three frames of video `key1` and its dataset of reflections. */
async function withFrames(changes: Partial<ReflectInputs> = {}): Promise<string> {
  const parent = join(dir, 'parent');
  await mkdir(join(parent, DATASET_FILES.frames, 'key1'), { recursive: true });
  for (const i of [0, 1, 2]) await writeFile(join(parent, DATASET_FILES.frames, 'key1', `00000${i}.jpg`), JPEG);
  await writeFile(join(parent, DATASET_FILES.manifestJsonl), '{}\n');
  const sha256 = createHash('sha256').update('{}\n').digest('hex');
  await mkdir(join(dir, 'reflect'));
  await writeReflectDataset(join(dir, 'reflect'), {
    writtenBy: 's',
    inputs: { ...inputs, dataset: { uri: `file://${parent}`, sha256, rows: 1, fps: 2 }, ...changes },
    stoppedBy: 'max-records',
    records: [qaRecord(1), tagRecord(1)],
    rejects: [reject(2)],
  });
  return join(dir, 'reflect');
}

const cardOf = (records: readonly ReflectRecord[], more: Partial<ReflectCard> = {}): ReflectCard => {
  const builder = new StatisticsBuilder();
  for (const record of records) builder.add(record);
  const base = { format: 'srvau-reflect' as const, schemaVersion: 1, writtenBy: 's', inputs, stoppedBy: null };
  return { ...base, statistics: builder.finish(), ...more };
};

const tagsOf = (page: string): string[] => page.match(/<[^>]*>/g) ?? [];

describe('writeReport', () => {
  it('shows statistics, samples with their frames, and rejects, in one file that fetches nothing', async () => {
    const from = await withFrames();
    const out = join(dir, 'page.html');
    const summary = await writeReport(from, out);
    const page = await readFile(out, 'utf8');
    expect(summary).toEqual({ samples: 2, frames: 6, bytes: Buffer.byteLength(page), dataset: join(dir, 'parent') });
    expect(page).toContain(`src="data:image/jpeg;base64,${JPEG.toString('base64')}"`);
    expect(page).toContain('frame at 0.5 s');
    expect(page).toContain('<b>reflection</b>The blows at the door were overlooked.</div>');
    expect(page).toContain('stopped by max-records');
    expect(page).toContain('expected C, received B');
    expect(page).toContain('class="span-truth"');
    expect(page.match(/(?:src|href|action)="(?!data:image\/jpeg;)/g)).toBeNull();
    expect(page).not.toMatch(/<script|<link|url\(|@import|\son\w+=/i);
  });

  it('allows itself the one style that it has', async () => {
    const page = reportPage({ title: 't', card: cardOf([qaRecord()]), samples: [], rejects: [] });
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-${digest}&#39;`);
    // Attributes of style would be refused by that.
    expect(page).not.toMatch(/\sstyle=/);
  });

  it('shows no frames of a parent that is another by now, is not there, or when there is no room', async () => {
    const from = await withFrames();
    const out = join(dir, 'page.html');
    expect(await writeReport(from, out, { maxFrameBytes: 20 })).toMatchObject({ frames: 2 });
    expect(await writeReport(from, out, { frames: 1 })).toMatchObject({ frames: 2 });
    await writeFile(join(dir, 'parent', DATASET_FILES.manifestJsonl), 'changed');
    expect(await writeReport(from, out)).toMatchObject({ frames: 0, dataset: null });
    expect(await writeReport(from, out, { dataset: join(dir, 'parent') })).toMatchObject({ frames: 6 });
    await rm(join(dir, 'parent'), { recursive: true });
    expect(await writeReport(from, out)).toMatchObject({ frames: 0, dataset: null });
  });

  it('embeds pictures alone, and none from outside of the frames', async () => {
    const from = await withFrames();
    await writeFile(join(dir, 'parent', DATASET_FILES.frames, 'key1', '000001.jpg'), '<svg onload=alert(1)>');
    expect(await writeReport(from, join(dir, 'page.html'))).toMatchObject({ frames: 4 });
    await mkdir(join(dir, 'parent', 'secret'));
    await writeFile(join(dir, 'parent', 'secret', '000000.jpg'), JPEG);
    for (const key of ['../secret', '..', '.', 'a/b', '/etc', '']) {
      expect(await frameIndices(join(dir, 'parent'), key, 3)).toEqual([]);
    }
    expect(await frameIndices(join(dir, 'parent'), 'key1', 2)).toEqual([0, 2]);
  });
});

describe('reportPage', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      ...[
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "'--></style><svg/onload=1>",
        '&lt;b&gt;',
        '\u202Eevil',
      ],
      ...['</pre></details></article>', '<!--', ']]>', '\u0000\u0007', '${1}', 'javascript:alert(1)', '\ud800'],
    ),
  );

  /** Texts wherever a dataset holds text, as an editor of its files could write them past every check. */
  const page = (text: string): string => {
    const put = (record: ReflectRecord): ReflectRecord => ({
      ...record,
      ...{ id: text, anomalyClass: text, source: text as never, reflection: text, transcript: record.transcript },
      ...{ question: record.question === null ? null : text, options: record.options === null ? null : [text, text] },
      initial: { ...record.initial, completion: text, wellFormed: false },
      provenance: {
        initial: null,
        teacher: {
          ...(record.provenance.teacher as never as object),
          model: { backend: text, model: text, hash: null },
          attempts: 2,
          retriedFor: [text],
        } as never,
      },
    });
    const records = [put(qaRecord()), put(tagRecord())];
    const words = [{ word: text, count: 3 }];
    const card = cardOf(records);
    const statistics = { ...card.statistics, words, retriedFor: { [text]: 1 } };
    const frames = [{ atSec: 5, jpeg: JPEG }];
    return reportPage({
      title: text,
      card: {
        ...card,
        statistics,
        writtenBy: text,
        inputs: { ...inputs, dataset: { uri: text, sha256: '', rows: 1, fps: 1 } },
      },
      samples: records.map((record) => ({ record, frames })),
      rejects: [{ ...reject(), id: text, reason: text, detail: text, lastReply: text }],
    });
  };
  const withoutAttributes = (tags: readonly string[]): string[] => tags.map((tag) => tag.replace(/"[^"]*"/g, '""'));

  it('has the same elements and attributes whatever the texts are', () => {
    const harmless = withoutAttributes(tagsOf(page('harmless')));
    fc.assert(
      fc.property(texts, (text) => {
        const made = page(text);
        expect(withoutAttributes(tagsOf(made))).toEqual(harmless);
        expect(made).not.toMatch(/[^\P{Cc}\n\t]|\p{Surrogate}/u);
      }),
      { numRuns: 200 },
    );
  });

  it('cuts the words of a transcript into segments by what they are, tags in them included', () => {
    const transcript = qaRecord().transcript.replace('Two men', 'Two <b>men</b> & "a" <answer>');
    const record = qaRecord(1, { transcript: qaRecord().transcript.replace('Two men', '<b>Two</b> & men') });
    const made = reportPage({ title: 't', card: cardOf([record]), samples: [{ record, frames: [] }], rejects: [] });
    expect(made).toContain('<div class="segment think1"><b>think</b>&lt;b&gt;Two&lt;/b&gt; &amp; men stand.</div>');
    expect(transcript).toContain('<answer>');
  });

  it('is whole for a dataset of nothing', () => {
    const made = reportPage({ title: 'none', card: cardOf([]), samples: [], rejects: [] });
    expect(made).toContain('no reflections in the train split');
    expect(made).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});

describe('chooseSamples', () => {
  it('takes of every kind in turns, the same whatever the order', async () => {
    const records = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? tagRecord(i) : qaRecord(i)));
    const stream = async function* (of: readonly ReflectRecord[]): AsyncGenerator<ReflectRecord> {
      yield* of;
    };
    const chosen = await chooseSamples(stream(records), 6);
    expect(chosen.map(({ task }) => task)).toEqual(['qa', 'tag', 'qa', 'tag', 'qa', 'tag']);
    expect(await chooseSamples(stream([...records].reverse()), 6)).toEqual(chosen);
    expect(await chooseSamples(stream(records), 100)).toHaveLength(40);
    expect(await chooseSamples(stream(records), 0)).toEqual([]);
  });
});
