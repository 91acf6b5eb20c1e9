import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFile } from './log-file';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'srvau-log-'))));
afterEach(() => rm(dir, { recursive: true }));

describe('LogFile', () => {
  it('appends whole lines, however they are cut into pieces', async () => {
    const path = join(dir, 'logs/dataset.log');
    const seen: string[] = [];
    const log = new LogFile(path, (line) => seen.push(line));
    for (const piece of ['on', 'e\ntwo\nth', 'ree', '\nend']) log.write(piece);
    expect(seen).toEqual(['one', 'two', 'three']);
    log.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\nend\n');

    const later = new LogFile(path);
    later.write('again\n');
    later.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\nend\nagain\n');
  });

  it('keeps the last lines in memory', () => {
    const log = new LogFile(join(dir, 'a.log'), undefined, { tailLines: 2 });
    log.write('1\n2\n3\n');
    expect(log.tail).toEqual(['2', '3']);
    log.close();
  });

  it('is bounded on disk and for a line without end', async () => {
    const path = join(dir, 'a.log');
    const log = new LogFile(path, undefined, { maxBytes: 10_000 });
    for (let line = 0; line < 1000; line += 1) log.write(`${String(line).padStart(99, '0')}\n`);
    log.write('x'.repeat(200_000));
    expect(log.tail.at(-1)).toHaveLength(200_000);
    log.close();
    expect((await readdir(dir)).sort()).toEqual(['a.log', 'a.log.1']);
    expect((await stat(join(dir, 'a.log.1'))).size).toBeLessThan(11_000);
  });
});
