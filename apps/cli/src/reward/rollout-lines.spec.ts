import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RolloutRow, SrvauError } from '@srvau/contracts';
import { rolloutBatches, rolloutSource } from './rollout-lines';

const line = (id: string, groupId = 'g', completion = 'c'): string =>
  JSON.stringify({ id, groupId, task: 'qa', completion, truth: {} });

async function* inChunks(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Read {
  batches: string[][];
  error?: SrvauError;
  rows: RolloutRow[];
}

/** Reads a text as if it were a file `f`. */
async function read(text: string | Uint8Array, { wholeGroups = false, size = 7 } = {}): Promise<Read> {
  const seen: Read = { batches: [], rows: [] };
  try {
    for await (const rows of rolloutBatches({ name: 'f', chunks: inChunks(text, size) }, { wholeGroups })) {
      seen.batches.push(rows.map(({ id }) => id));
      seen.rows.push(...rows);
    }
  } catch (error) {
    seen.error = error as SrvauError;
  }
  return seen;
}

describe('rolloutBatches', () => {
  it('reads lines however they come, with and without a last line break, past blank ones and a byte order mark', async () => {
    for (const size of [1, 3, 1000]) {
      const { batches, rows, error } = await read(`\ufeff${line('ä')}\r\n\n  \n${line('b', 'g', 'für \u{1f600}')}`, {
        size,
      });
      expect(error).toBeUndefined();
      expect(batches).toEqual([['ä', 'b']]);
      expect(rows[1]?.completion).toBe('für \u{1f600}');
    }
    expect(await read('')).toEqual({ batches: [], rows: [] });
  });

  it('makes batches of 512 rows, or fewer where completions are large', async () => {
    const { batches } = await read(Array.from({ length: 1030 }, (_, i) => line(String(i))).join('\n'), {
      size: 65_536,
    });
    expect(batches.map(({ length }) => length)).toEqual([512, 512, 6]);
    expect(batches.flat()).toEqual(Array.from({ length: 1030 }, (_, i) => String(i)));
    const large = Array.from({ length: 9 }, (_, i) => line(String(i), 'g', 'x'.repeat(2 ** 20)));
    expect((await read(large.join('\n'), { size: 2 ** 20 })).batches.map(({ length }) => length)).toEqual([4, 4, 1]);
  });

  it('keeps groups whole where that is asked', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => line(String(i), i < 500 ? `g${i >> 2}` : 'last'));
    const { batches } = await read(rows.join('\n'), { wholeGroups: true, size: 65_536 });
    expect(batches.map(({ length }) => length)).toEqual([600]);
    const many = Array.from({ length: 1000 }, (_, i) => line(String(i), `g${Math.floor(i / 5)}`));
    const whole = await read(many.join('\n'), { wholeGroups: true, size: 65_536 });
    expect(whole.batches.map(({ length }) => length)).toEqual([515, 485]);
  });

  it('refuses a group that comes again, but only where groups matter', async () => {
    const text = [line('1', 'a'), line('2', 'b'), line('3', 'a')].join('\n');
    expect((await read(text)).error).toBeUndefined();
    const { error, batches } = await read(text, { wholeGroups: true });
    expect(error?.message).toMatch(
      /^f:3: expected the lines of a group next to each other, .*, received group "a" once more$/,
    );
    expect(batches).toEqual([['1']]);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{"id":', /^f:2: expected JSON, received .*JSON/],
    ['NaN, as Python writes it', '{"id":NaN}', /^f:2: expected JSON, received/],
    ['no rollout', '[]', /^f:2: expected a rollout as a JSON object, received an array of 0$/],
    [
      'a wrong field',
      '{"id":"x","groupId":"g","task":"qa","completion":"c","truth":{"label":1}}',
      /^f:2: truth\.label: expected one letter/,
    ],
    ['a line without end', 'x'.repeat(33 * 2 ** 20), /^f:2: expected at most 33554432 bytes in a line, received more$/],
  ])('stops at %s with its line number, after what stood before', async (_what, wrong, message) => {
    const { error, batches } = await read(`${line('1')}\n${wrong}\n${line('3')}`, { size: 2 ** 20 });
    expect(error).toMatchObject({ code: 'UNPROCESSABLE', message: expect.stringMatching(message) as string });
    expect(batches).toEqual([['1']]);
  });

  it.each<[string, number[], string]>([
    ['Latin-1', [0x66, 0xfc, 0x72], '0xfc as byte 2 of the line'],
    ['half a surrogate pair, as some encoders write it', [0xed, 0xa0, 0x80], '0xed as byte 1 of the line'],
    ['a character that is cut off', [0x61, 0xf0, 0x9f], '0xf0 as byte 2 of the line'],
    ['UTF-16 with its byte order mark', [0xff, 0xfe, 0x7b, 0], '0xff as byte 1 of the line'],
    ['the beginning of a replacement character', [0x61, 0xef, 0xbf], 'a character that is cut off'],
  ])('refuses %s, naming line and byte', async (_what, wrong, received) => {
    const good = Buffer.from(`${line('1', 'g', 'für \ufffd')}\n`);
    for (const size of [1, 1000]) {
      const { error, batches } = await read(Buffer.concat([good, Buffer.from(wrong), Buffer.from(`\n${line('3')}`)]), {
        size,
      });
      expect(error).toMatchObject({
        code: 'UNPROCESSABLE',
        message: `f:2: expected text in UTF-8, received ${received}`,
      });
      expect(batches).toEqual([['1']]);
    }
  });

  it('says why a file cannot be read', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'srvau-rollouts-'));
    try {
      for (const path of [join(dir, 'gone.jsonl'), dir]) {
        const batches = rolloutBatches(rolloutSource(path, process.stdin), { wholeGroups: false });
        await expect(batches.next()).rejects.toMatchObject({
          name: 'SrvauError',
          message: expect.stringContaining(path) as string,
        });
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
