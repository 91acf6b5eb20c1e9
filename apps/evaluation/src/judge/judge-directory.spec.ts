import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JudgeReply, VauEvalSummary } from '@srvau/contracts';
import { judgeSettings, summarize, vauEvalPrompt } from '@srvau/judge';
import { DirectoryLock } from '@srvau/storage';
import { type JudgeClaim, JudgeDirectory } from './judge-directory';

const judge = { backend: 'openai', model: 'j', hash: null };
const settings = judgeSettings();
const claim: JudgeClaim = { judge, prompt: vauEvalPrompt(), settings, items: { count: 1, sha256: 'ab' } };
const summary: VauEvalSummary = summarize([], { settings, judge });
const reply = (attempt: number): JudgeReply => ({
  ...{ repeat: 0, attempt, text: 'Grüße {', finishReason: 'stop', model: null, fault: null },
  ...{ promptTokens: null, completionTokens: null },
});

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'judge-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function journal(directory: JudgeDirectory, ...lines: [id: string, attempt: number][]): Promise<void> {
  const log = await directory.openJournal();
  for (const [id, attempt] of lines) await log.append({ id, reply: reply(attempt) });
  await log.close();
}

describe('JudgeDirectory', () => {
  it('is claimed once, for one judging', async () => {
    const directory = new JudgeDirectory(join(dir, 'new'));
    expect(await directory.claimed()).toBeNull();
    await mkdir(directory.path);
    await using _lock = await DirectoryLock.acquire(directory.path);
    await directory.claim(claim);
    await directory.claim({ ...claim });
    expect(await directory.claimed()).toEqual(claim);
    const others = [
      ['judge', { ...claim, judge: { ...judge, model: 'other' } }],
      ['prompt', { ...claim, prompt: { id: 'vau-eval/0', hash: '' } }],
      ['settings', { ...claim, settings: judgeSettings({ temperature: 1 }) }],
      ['items', { ...claim, items: { count: 1, sha256: 'cd' } }],
    ] as const;
    for (const [field, other] of others) {
      const message = expect.stringContaining(`${field}: expected {`);
      await expect(directory.claim(other)).rejects.toMatchObject({ code: 'CONFLICT', message });
    }
  });

  it.each([
    ['a file of somebody', 'notes.txt'],
    ['judgements without a claim', 'judgements.jsonl'],
  ])('refuses a directory with %s', async (_, name) => {
    await writeFile(join(dir, name), '');
    const received = JSON.stringify(name);
    await expect(new JudgeDirectory(dir).claimed()).rejects.toMatchObject({
      code: 'CONFLICT',
      details: [{ received }],
    });
    await expect(new JudgeDirectory(join(dir, name)).claimed()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('goes on with every whole line of the journal', async () => {
    const directory = new JudgeDirectory(dir);
    expect(await directory.replies()).toEqual(new Map());
    await journal(directory, ['a', 0], ['b', 0], ['a', 1]);
    await appendFile(join(dir, 'work/replies.jsonl'), '{"id":"b","reply":{"repe');
    const known = new Map([
      ['a', [reply(0), reply(1)]],
      ['b', [reply(0)]],
    ]);
    expect(await directory.replies()).toEqual(known);
    await journal(directory, ['c', 0]);
    expect(await directory.replies()).toEqual(known.set('c', [reply(0)]));
  });

  it.each([
    '{"id":"a"}',
    '{"id":"a","reply":{"repeat":0,"attempt":0,"text":7,"finishReason":"stop"}}',
    '[]',
    'id,reply',
  ])('names a line of the journal that it has not written: %s', async (line) => {
    const directory = new JudgeDirectory(dir);
    await journal(directory, ['a', 0]);
    await appendFile(join(dir, 'work/replies.jsonl'), `${line}\n`);
    const message = expect.stringContaining('replies.jsonl, line 2');
    await expect(directory.replies()).rejects.toMatchObject({ code: 'UNPROCESSABLE', message });
  });

  it('is whole with its summary, and without its work', async () => {
    const directory = new JudgeDirectory(dir);
    await directory.claim(claim);
    await journal(directory, ['a', 0]);
    expect(await directory.summary()).toBeNull();
    await directory.commit([], summary);
    expect(await directory.summary()).toEqual(summary);
    expect((await readdir(dir)).sort()).toEqual(['judge.json', 'judgements.jsonl', 'summary.json']);
  });

  it('names a file of its own that is damaged', async () => {
    await writeFile(join(dir, 'judge.json'), '{"judge"');
    const message = expect.stringContaining('judge.json: expected JSON');
    await expect(new JudgeDirectory(dir).claimed()).rejects.toMatchObject({ code: 'UNPROCESSABLE', message });
  });
});
