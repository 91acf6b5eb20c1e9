import { admitRows, type AdmittedRow } from '../annotations';
import { readAnnotations } from '../annotations';
import { joinRow, type VideoResult } from './dataset-row';

const readable: VideoResult = {
  kind: 'readable',
  videoKey: 'k1',
  videoSha256: '0f',
  durationSec: 10,
  width: 320,
  height: 240,
  frames: 10,
  truncated: false,
  damaged: false,
};

async function admitted(spanSec: [number, number] | null): Promise<AdmittedRow> {
  async function* file(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(JSON.stringify({ video: 'a.mp4', anomalyClass: 'Fire', spanSec }));
  }
  const { rows } = await readAnnotations(file(), 'rows.jsonl', 'jsonl');
  const options = { file: { source: 'unknown', split: 'unknown' }, given: { source: null, split: null } } as const;
  for await (const row of admitRows(rows, options)) if (row.kind === 'row') return row;
  throw new Error('expected one row');
}

const reasons = (found: readonly { reason: string }[]): string[] => found.map(({ reason }) => reason);

describe('joinRow', () => {
  it('adds what is known of the video', async () => {
    const { row } = joinRow(await admitted([2, 5]), readable, true);
    expect(row).toMatchObject({ videoKey: 'k1', durationSec: 10, width: 320, height: 240, frames: 10 });
    expect(row).toMatchObject({ spanSec: [2, 5], qaEligible: false, groundingEligible: true });
  });

  it.each<[[number, number], string[], string[]]>([
    [[9.9, 10.4], [], []],
    [[9.9, 12], [], ['grounding:span-exceeds-video']],
    [[10, 12], ['grounding:span-after-video'], []],
  ])('judges the span %j against 10 s of video', async (spanSec, excluded, warned) => {
    const joined = joinRow(await admitted(spanSec), readable, true);
    expect(reasons(joined.exclusions)).toEqual(['qa:no-text', ...excluded]);
    expect(reasons(joined.warnings)).toEqual(warned);
    expect(joined.row.spanSec).toEqual(spanSec);
    expect(joined.row.groundingEligible).toBe(excluded.length === 0);
  });

  it('keeps the eligibility of rows whose video is missing, and lists the video once', async () => {
    const missing = { kind: 'missing' } as const;
    const first = joinRow(await admitted([20, 30]), missing, true);
    expect(first.row).toMatchObject({ videoKey: null, durationSec: null, groundingEligible: true });
    expect(reasons(first.exclusions)).toEqual(['qa:no-text', 'video:missing']);
    expect(reasons(joinRow(await admitted([20, 30]), missing, false).exclusions)).toEqual(['qa:no-text']);
  });

  it('says what is wrong with a video', async () => {
    const row = await admitted([2, 5]);
    const candidates = Array.from({ length: 7 }, (_, i) => `${i}/a.mp4`);
    const ambiguous = joinRow(row, { kind: 'ambiguous', candidates }, true).exclusions.at(-1);
    expect(ambiguous?.detail).toBe('expected one file of this name, received 0/a.mp4, 1/a.mp4, 2/a.mp4, 3/a.mp4, 4/a.mp4 and 2 more'); // prettier-ignore
    const corrupt = joinRow(row, { kind: 'unreadable', fault: 'corrupt', detail: 'why' }, true).exclusions.at(-1);
    expect(corrupt).toMatchObject({
      id: 'a.mp4',
      row: 1,
      line: 1,
      scope: 'video',
      reason: 'video:corrupt',
      detail: 'why',
    });
    const truncated = joinRow(row, { ...readable, truncated: true, damaged: true }, true);
    expect(reasons(truncated.warnings)).toEqual(['video:truncated']);
  });
});
