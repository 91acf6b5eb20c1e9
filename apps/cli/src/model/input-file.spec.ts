import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInput } from './input-file';

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'srvau-input-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const never = new AbortController().signal;

describe('a file that a user named', () => {
  it('is read whole, without a byte order mark', async () => {
    const file = join(dir, 'marked.json');
    writeFileSync(file, '\ufeff{"a":"ü"}');
    expect(await readInput(file, never)).toBe('{"a":"ü"}');
  });

  it('is refused where reading it would never end', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readInput(pipe, never)).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    await expect(readInput('/dev/zero', never)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('is refused by its path where it cannot be read', async () => {
    await expect(readInput(join(dir, 'none'), never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readInput(dir, never)).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it('is left alone when the command is stopped', async () => {
    const reason = new Error('stopped');
    await expect(readInput('/dev/zero', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
