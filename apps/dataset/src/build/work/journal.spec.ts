import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ItemOutcome } from '../item/build-item';
import { NO_USAGE } from '../item/usage';
import { idOf, Journal, journalFiles, readJournals } from './journal';
import { LineReader } from './line-reader';
import { LiveTally } from './live-tally';

const reject = (id: string, detail = 'a reason'): ItemOutcome => ({
  reject: {
    ...{ id, rowId: id, task: 'qa', sample: 0, stage: 'video', reason: 'video-missing', detail },
    ...{ attempts: 0, lastReply: null, usage: { ...NO_USAGE, promptTokens: 2 } },
  },
});

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'srvau-journal-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function all(): Promise<string[]> {
  const ids: string[] = [];
  for await (const outcome of readJournals(dir)) ids.push(idOf(outcome));
  return ids;
}

describe('Journal', () => {
  it('keeps what was appended at once, whole and in order', async () => {
    {
      await using journal = await Journal.open(dir, 1);
      await Promise.all(Array.from({ length: 200 }, (_, i) => journal.append(reject(`item ${i} é\u2028`))));
    }
    expect(await all()).toEqual(Array.from({ length: 200 }, (_, i) => `item ${i} é\u2028`));
  });

  it('counts an item once, that of the earlier run, though a given-up worker goes on beside its successor', async () => {
    await using second = await Journal.open(dir, 2);
    await using first = await Journal.open(dir, 1);
    await second.append(reject('a', 'of the second'));
    await first.append(reject('a', 'of the first'));
    await first.append(reject('b'));
    await second.append(reject('c'));
    const found: ItemOutcome[] = [];
    for await (const outcome of readJournals(dir)) found.push(outcome);
    expect(found.map(idOf)).toEqual(['a', 'b', 'c']);
    expect(found[0]).toMatchObject({ reject: { detail: 'of the first' } });
  });

  it('passes over the half of a line that a kill leaves, wherever it was cut', async () => {
    const line = `${JSON.stringify(reject('whole é'))}\n`;
    const torn = Buffer.from(`${JSON.stringify(reject('torn é'))}\n`);
    for (let cut = 0; cut < torn.length; cut += 7) {
      await writeFile(join(dir, '0001-a.jsonl'), Buffer.concat([Buffer.from(line), torn.subarray(0, cut)]));
      expect(await all()).toEqual(['whole é']);
    }
  });

  it('names the line that somebody else has written', async () => {
    await writeFile(join(dir, '0001-a.jsonl'), `${JSON.stringify(reject('a'))}\nnonsense\n`);
    await expect(all()).rejects.toThrow('0001-a.jsonl, line 2: expected a line that a build has written');
    await writeFile(join(dir, '0001-a.jsonl'), '{"record":{}}\n');
    await expect(all()).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it('is nothing where nobody has begun', async () => {
    expect(await journalFiles(join(dir, 'none'))).toEqual([]);
  });
});

describe('LiveTally', () => {
  it('reads what is new, once, while it grows', async () => {
    const live = new LiveTally(dir);
    await live.read();
    expect(live.tally).toMatchObject({ items: 0 });
    await using first = await Journal.open(dir, 1);
    await first.append(reject('a'));
    await live.read();
    await live.read();
    expect(live.tally).toMatchObject({ items: 1, rejects: 1, usage: { promptTokens: 2 } });
    await using second = await Journal.open(dir, 2);
    await second.append(reject('a'));
    await second.append(reject('b'));
    await live.read();
    expect(live.tally).toMatchObject({ items: 2, rejects: 2, usage: { promptTokens: 4 } });
  });
});

describe('LineReader', () => {
  it('puts lines together that are longer than a block, and goes on in the middle of one', async () => {
    const path = join(dir, 'lines');
    const reader = new LineReader(path, (line, where) => `${where}: ${line.length} ${line.slice(-3)}`);
    const read = async (): Promise<string[]> => {
      const lines: string[] = [];
      for await (const line of reader.read()) lines.push(line);
      return lines;
    };
    expect(await read()).toEqual([]);
    const long = 'é'.repeat(300_000);
    await writeFile(path, `${long}end\n\nhalf`);
    expect(await read()).toEqual(['lines, line 1: 300003 end', 'lines, line 2: 0 ']);
    expect(await read()).toEqual([]);
    await appendFile(path, ` and half\n${long}\nrest`);
    expect(await read()).toEqual(['lines, line 3: 13 alf', 'lines, line 4: 300000 ééé']);
  });
});
