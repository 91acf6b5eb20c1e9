import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { type AdmittedRow, admitRows, readAnnotations, type RefusedRow } from './index';
import { VAU_BENCH_COLUMNS } from './vau-bench';

const NOTHING_GIVEN = { source: null, split: null };
const UNKNOWN = { source: 'unknown', split: 'unknown' } as const;

async function admit(
  source: AsyncIterable<Uint8Array>,
  format: 'vau-bench' | 'jsonl' = 'vau-bench',
  maxRows?: number,
): Promise<(AdmittedRow | RefusedRow)[]> {
  const { rows } = await readAnnotations(source, 'rows', format);
  const out: (AdmittedRow | RefusedRow)[] = [];
  const options = { file: UNKNOWN, given: NOTHING_GIVEN, ...(maxRows === undefined ? {} : { maxRows }) };
  for await (const row of admitRows(rows, options)) out.push(row);
  return out;
}

async function* csv(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${VAU_BENCH_COLUMNS.join(',')}\n`);
  for (const line of lines) yield Buffer.from(`${line}\n`);
}

async function* jsonl(rows: readonly object[]): AsyncGenerator<Uint8Array> {
  for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
}

const admitted = (rows: readonly (AdmittedRow | RefusedRow)[]): AdmittedRow[] =>
  rows.filter((row) => row.kind === 'row');
const count = (rows: readonly (AdmittedRow | RefusedRow)[], task: 'qa' | 'grounding'): number =>
  admitted(rows).filter((row) => row[task] === null).length;

describe('admitRows', () => {
  it('judges every quirk for its own reason', async () => {
    const rows = await admit(createReadStream(join(__dirname, '../../../../tests/fixtures/annotations/quirks.csv')));
    const seen = rows.map((row) =>
      row.kind === 'row'
        ? [row.id, row.fields.correctOption, row.qa?.reason ?? null, row.grounding?.reason ?? null]
        : [row.exclusion.row, row.exclusion.reason],
    );
    expect(seen).toEqual([
      ['yard_1.mp4', 'A', null, null],
      ['yard_2.mp4', 'D', null, null],
      ['gate_3.mp4', 'D', null, 'grounding:no-span'],
      ['gate_4.mp4', null, 'qa:no-text', 'grounding:no-span'],
      ['gate_5.mp4', null, 'qa:invalid-correct-option', 'grounding:invalid-span'],
      ['gate_6.mp4', 'B', null, 'grounding:empty-span'],
      [7, 'row:invalid-video-name'],
      [8, 'row:duplicate'],
      ['gate_6.mp4#2', null, 'qa:invalid-correct-option', null],
      ['gate_8.mp4', 'D', null, null],
    ]);
    const duplicate = rows[7];
    expect(duplicate?.kind === 'refused' && duplicate.exclusion.detail).toContain('row 6');
    const [, , dict] = admitted(rows);
    expect(dict?.fields.reasoningRepr).toMatch(/^\{'Specific/);
    expect(admitted(rows)[0]?.fields).toMatchObject({ reasoningRepr: null, reasoning: expect.stringMatching(/^###/) });
    expect(dict?.fields.reasoning).toBe(
      "### Specific Anomaly Type: Vandalism\n### Key Evidence:\n- two men\n- the gate's hinge\n### Location: gate",
    );
    expect(admitted(rows).at(-1)).toMatchObject({
      fields: { anomalyClass: 'Normal', normal: true, spanSec: null },
      warnings: [{ reason: 'grounding:normal-with-span' }],
    });
  });

  // The published test files have these shapes; their own rows are not part of the project.
  it('gives the published denominators', async () => {
    const qa = '"What happens?",one,two,three,four,B,k,d,r';
    const noText = '-1,-1,-1,-1,-1,-1,-1,-1,-1';
    const ucf = Array.from({ length: 290 }, (_, i) => {
      const text = i % 7 === 0 && i < 39 * 7 ? noText : qa;
      return i % 2 === 0
        ? `Normal_Videos_${i}_x264.mp4,${text},Normal,0.0,0.0`
        : `Arson${i}_x264.mp4,${text},Arson,0.0,0.0`;
    });
    const ucfRows = await admit(csv(ucf));
    expect(admitted(ucfRows)).toHaveLength(290);
    expect(count(ucfRows, 'qa')).toBe(251);

    const ecva = Array.from({ length: 438 }, (_, i) => `${i}.mp4,${qa},Fire,${i < 36 ? '-1.0,-1.0' : '3.0,9.5'}`);
    const ecvaRows = await admit(csv(ecva));
    expect(count(ecvaRows, 'grounding')).toBe(402);
    expect(count(ecvaRows, 'qa')).toBe(438);
    expect(new Set(admitted(ecvaRows).map((row) => row.fields.source))).toEqual(new Set(['ecva']));
  });

  it('makes unique ids, also where a video is called like another one’s second row', async () => {
    const rows = await admit(
      jsonl([
        { video: 'a.mp4', anomalyClass: 'Normal' },
        { video: 'a.mp4#2', anomalyClass: 'Normal' },
        { video: 'a.mp4', anomalyClass: 'Normal', question: 'Who?' },
        { video: 'a.mp4', anomalyClass: 'Normal', question: 'Where?' },
        { video: 'b.mp4', anomalyClass: 'Normal', id: 'c.mp4' },
        { video: 'c.mp4', anomalyClass: 'Normal' },
        { video: 'd.mp4', anomalyClass: 'Normal', id: 'c.mp4' },
      ]),
      'jsonl',
    );
    expect(rows.map((row) => (row.kind === 'row' ? row.id : row.exclusion.reason))).toEqual([
      'a.mp4',
      'a.mp4#2',
      'a.mp4#3',
      'a.mp4#4',
      'c.mp4',
      'c.mp4#2',
      'row:duplicate-id',
    ]);
  });

  it('keeps a row whose class is missing out of grounding, unless it has a span', async () => {
    const qa = 'Q,1,2,3,4,A,k,d,r';
    const rows = await admit(csv([`a.mp4,${qa},-1,-1,-1`, `b.mp4,${qa},,2,3`]));
    expect(admitted(rows).map((row) => [row.fields.anomalyClass, row.grounding?.reason ?? null])).toEqual([
      [null, 'grounding:no-class'],
      [null, null],
    ]);
  });

  it('lets the caller say where rows come from', async () => {
    const { rows } = await readAnnotations(
      jsonl([{ video: 'ucf_a.mp4', anomalyClass: 'Fire', split: 'val' }]),
      'rows',
      'jsonl',
    );
    const given = { source: 'msad', split: 'test' } as const;
    for await (const row of admitRows(rows, { file: UNKNOWN, given })) expect(row).toMatchObject({ fields: given });
  });

  it('reads 100,000 rows about one video without slowing down, and no more rows than it is told', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `a.mp4,Question ${i}?,1,2,3,4,A,k,d,r,Fire,1,2`);
    const rows = await admit(csv(lines));
    expect(admitted(rows).at(-1)?.id).toBe('a.mp4#100000');
    await expect(admit(csv(lines), 'vau-bench', 1000)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });
});
