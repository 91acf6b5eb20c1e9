import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CliHome } from './support/cli';
import { eventually } from './support/eventually';

jest.setTimeout(240_000);

const ROOT = resolve(__dirname, '../..');
const BUILT_IN = 'task,reflection,temporal-iou';

let home: CliHome;
beforeAll(async () => (home = await CliHome.create()));
afterAll(() => home.remove());

const file = (name: string, text: string): string => {
  mkdirSync(join(home.dir, name, '..'), { recursive: true });
  writeFileSync(join(home.dir, name), text);
  return name;
};
const jsonl = (name: string, rows: readonly object[]): string =>
  file(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const parsed = (lines: string): unknown[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** A plugin of somebody else: a folder with a manifest and a module, the SDK by its path. */
function plugin(id: string, score: string, { scope = 'sample', top = '' } = {}): string {
  const srvau = { kind: 'reward-plugin', id, sdk: '^1.0.0', entry: './index.js' };
  file(`${id}/package.json`, JSON.stringify({ name: id, version: '1.0.0', srvau }));
  const sdk = JSON.stringify(require.resolve('@srvau/reward-sdk'));
  file(
    `${id}/index.js`,
    `const { defineRewardPlugin, NoOptions, scored } = require(${sdk});
     ${top}
     module.exports = defineRewardPlugin({
       id: '${id}', scoreVersion: 1, summary: 'Of a test', scope: '${scope}', range: { min: 0, max: 1 }, options: NoOptions,
       create: () => ({ score: (batch) => { ${score} } }),
     });`,
  );
  return `./${id}`;
}

const qa = {
  ...{ id: 'q1', groupId: 'g1', task: 'qa', truth: { label: 'B' } },
  completion: '<think>a b</think><answer>A</answer><reflection>c</reflection><think>d</think><answer>B</answer>',
};
const tag = {
  ...{
    id: 't1',
    groupId: 'g2',
    task: 'tag',
    truth: { normal: false, spanSec: [2, 4] },
    tokens: { total: 20, firstRound: 10 },
  },
  completion:
    '<think>a</think><answer>Anomaly</answer><glue>[0, 1]</glue><reflection>b</reflection>' +
    '<think>c</think><answer>Anomaly</answer><glue>[2.0, 3.0]</glue>',
};

describe('srvau reward score', () => {
  it('prints one line a rollout in input order, and that lengths are in words on standard error', async () => {
    const rollouts = jsonl('good.jsonl', [tag, qa, { ...qa, id: 'q2', completion: '\ud800', truth: {} }]);
    const { code, stdout, stderr } = await home.run([
      'reward',
      'score',
      '--plugins',
      BUILT_IN,
      '--rollouts',
      rollouts,
      '--json',
    ]);
    expect(code).toBe(0);
    const lines = parsed(stdout) as {
      id: string;
      scores: Record<string, { kind: string; value?: number; because?: string }>;
    }[];
    expect(lines.map(({ id }) => id)).toEqual(['t1', 'q1', 'q2']);
    expect(lines.map((line) => [Object.keys(line), Object.keys(line.scores)])).toEqual(
      lines.map(() => [
        ['id', 'scores'],
        ['task', 'reflection', 'temporal-iou'],
      ]),
    );
    expect(lines[0]?.scores['temporal-iou']).toEqual({
      kind: 'scored',
      value: 0.5,
      parts: expect.any(Object) as object,
    });
    // C→C and a reflection; the length is at its target of twice the first round.
    expect(lines[0]?.scores['reflection']?.value).toBeCloseTo(0.25 + 0.25 + 0.1, 12);
    expect(lines[1]?.scores['task']).toMatchObject({ kind: 'scored', value: 0.5, parts: { format: 0.5, accuracy: 0 } });
    expect(lines[2]?.scores['task']).toEqual({ kind: 'abstained', because: expect.any(String) as string });
    expect(stderr).toContain('lengths are counted in words between white space, not in tokens, for 2 of 3 rollouts');
  });

  it('shows statistics to people, and takes options', async () => {
    const rollouts = jsonl('stats.jsonl', [qa, qa]);
    const options = JSON.stringify({ task: { formatScore: 1 } });
    const args = ['reward', 'score', '--plugins', 'task', '--rollouts', rollouts, '--options', options];
    const { code, stdout } = await home.run(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/task@1 +2 +2 +0 +0 +1\.0000/);
    expect(stdout).toContain('lengths are counted in words');
    const wrong = await home.run([...args.slice(0, -1), '{"task":{"formatScore":"1"}}', '--json']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('formatScore: expected a number');
  });

  it('fails rows of a plugin that fails, and goes on with the others', async () => {
    const names = [
      plugin('thrower', `throw new Error('no')`),
      plugin('exiter', 'process.exit(0)'),
      plugin('hanger', 'for (;;);'),
      plugin('talker', `console.log('on its standard output'); return batch.map(() => scored(1))`),
    ];
    const rollouts = jsonl('failing.jsonl', [qa, tag]);
    const args = ['--plugins', `${names.join(',')},task`, '--rollouts', rollouts, '--deadline-ms', '5000', '--json'];
    const { code, stdout, stderr } = await home.run(['reward', 'score', ...args]);
    expect(code).toBe(3);
    for (const line of parsed(stdout) as { scores: Record<string, object> }[]) {
      expect(line.scores).toEqual({
        thrower: { kind: 'failed', error: 'thrower@1: threw Error: no' },
        exiter: { kind: 'failed', error: expect.stringMatching(/^exiter@1: .*exit code 0/) as string },
        hanger: { kind: 'failed', error: 'hanger@1: did not answer within its deadline of 5000 ms' },
        talker: { kind: 'scored', value: 1, parts: {} },
        task: expect.objectContaining({ kind: 'scored' }) as object,
      });
    }
    expect(stderr).toContain('hanger: 2 of 2 rollouts failed; the first: hanger@1');
  });

  it('asks a plugin no more that was late in three batches in a row, and says so', async () => {
    const sleeper = plugin('sleeper', 'return new Promise(() => setInterval(() => undefined, 1000))');
    const rows = Array.from({ length: 4 * 512 + 1 }, (_, i) => ({ ...qa, id: `${i}` }));
    const args = ['--plugins', `${sleeper},task`, '--rollouts', jsonl('sleeping.jsonl', rows), '--deadline-ms', '300'];
    const { code, stdout, stderr } = await home.run(['reward', 'score', ...args, '--json']);
    expect(code).toBe(3);
    const lines = parsed(stdout) as { scores: Record<string, { kind: string; error?: string }> }[];
    expect(lines.map(({ scores }) => scores['task']?.kind)).toEqual(rows.map(() => 'scored'));
    const errors = lines.map(({ scores }) => scores['sleeper']?.error ?? '');
    expect(errors[3 * 512 - 1]).toMatch(/^sleeper@1: did not answer within its deadline of 300 ms/);
    const why = 'not asked any more: it missed its deadline of 300 ms in 3 batches in a row';
    expect(errors.slice(3 * 512)).toEqual(rows.slice(3 * 512).map(() => `sleeper@1: ${why}`));
    expect(stderr).toContain(`sleeper@1: ${why}; the rest of its rollouts fail`);
  });

  it('hands groups whole to plugins that score them as a whole', async () => {
    const score =
      'return batch.map(({ groupId }) => scored(1 / batch.filter((other) => other.groupId === groupId).length))';
    const grouping = plugin('grouping', score, { scope: 'group' });
    const rows = Array.from({ length: 1500 }, (_, i) => ({ ...qa, id: String(i), groupId: `g${Math.floor(i / 100)}` }));
    const args = ['reward', 'score', '--plugins', grouping, '--json', '--rollouts'];
    const { code, stdout } = await home.run([...args, jsonl('groups.jsonl', rows)]);
    expect(code).toBe(0);
    const values = (parsed(stdout) as { scores: { grouping: { value: number } } }[]).map(
      ({ scores }) => scores.grouping.value,
    );
    expect(values).toEqual(rows.map(() => 0.01));
    const torn = await home.run([...args, jsonl('torn.jsonl', [rows[0] ?? {}, rows[100] ?? {}, rows[1] ?? {}])]);
    expect(torn.code).toBe(1);
    expect(torn.stderr).toContain('torn.jsonl:3: expected the lines of a group next to each other');
  });

  it.each([
    ['no JSON', '{"id": "x"', /bad\.jsonl:2: expected JSON, received/],
    [
      'a wrong field',
      JSON.stringify({ ...qa, task: 'vqa' }),
      /bad\.jsonl:2: task: expected one of qa, tag, received ."vqa." \(string\)/,
    ],
  ])('stops at a line with %s, after those before it', async (_what, line, message) => {
    const rollouts = file('bad.jsonl', `${JSON.stringify(qa)}\n${line}\n${JSON.stringify(qa)}\n`);
    const { code, stdout, stderr } = await home.run([
      'reward',
      'score',
      '--plugins',
      'task',
      '--rollouts',
      rollouts,
      '--json',
    ]);
    expect(code).toBe(1);
    expect(parsed(stdout)).toHaveLength(1);
    const last = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as { error: { code: string; message: string } };
    expect(last.error.code).toBe('UNPROCESSABLE');
    expect(JSON.stringify(last.error.message)).toMatch(message);
  });

  it('reads standard input, and ends with Ctrl-C while it waits for more', async () => {
    const args = ['reward', 'score', '--plugins', 'task', '--rollouts', '-', '--json'];
    const { code, stdout } = await home.run(args, {}, `${JSON.stringify(qa)}\n${JSON.stringify(tag)}`);
    expect(code).toBe(0);
    expect(parsed(stdout)).toMatchObject([{ id: 'q1' }, { id: 't1' }]);
    const wrong = await home.run(args, {}, '{"id":');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('standard input:1: expected JSON');

    const waiting = home.start(args, {}, 'pipe');
    waiting.child.stdin?.write(`${JSON.stringify(qa)}\n`.repeat(513));
    await eventually('the first batch', () => waiting.stdout !== '');
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ code: 130 });
  });

  it.each([
    ['nothing', '', /rollouts\.jsonl: expected rollouts, one a line, received none/],
    ['blank lines', '\n \n', /expected rollouts, one a line, received none/],
    ['bytes that are no UTF-8', Buffer.from('{"id":"f\xfcr"}', 'latin1'), /rollouts\.jsonl:1: expected text in UTF-8/],
  ])('refuses a file with %s', async (_what, bytes, message) => {
    writeFileSync(join(home.dir, 'rollouts.jsonl'), bytes);
    for (const more of [[], ['--json']]) {
      const args = ['reward', 'score', '--plugins', 'task', '--rollouts', 'rollouts.jsonl', ...more];
      const { code, stdout, stderr } = await home.run(args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(message);
    }
  });

  it('names what it cannot find', async () => {
    const { code, stderr } = await home.run([
      'reward',
      'score',
      '--plugins',
      'task,nowhere',
      '--rollouts',
      'gone.jsonl',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('plugin nowhere: expected the package nowhere above');
  });
});

describe('srvau plugin', () => {
  it('lists built-ins and what is named, without running them', async () => {
    const name = plugin('explosive', '', { top: `throw new Error('code was run')` });
    const { plugins } = await home.json<{ plugins: { id: string; dir: string }[] }>([
      'plugin',
      'list',
      '--plugins',
      name,
    ]);
    expect(plugins.map(({ id }) => id)).toEqual(['task', 'reflection', 'temporal-iou', 'explosive']);
    file('broken/package.json', '{"name":"broken"}');
    const broken = await home.run(['plugin', 'list', '--plugins', './broken']);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('@srvau/task-reward');
    expect(broken.stderr).toContain('expected the manifest of a reward plugin');
  });

  it.each(BUILT_IN.split(','))('tests the built-in %s', async (id) => {
    expect(await home.json(['plugin', 'test', id])).toMatchObject({ passed: true });
  });

  it('writes a package that builds, passes its own tests and the command, and scores', async () => {
    const made = await home.json<{ dir: string; kind: string }>(['plugin', 'new', 'brevity']);
    expect(made.kind).toBe('standalone');
    expect(readdirSync(made.dir)).toContain('.gitignore');
    // Installed from a registry these would be the same files.
    symlinkSync(join(ROOT, 'node_modules'), join(made.dir, 'node_modules'));
    const tsc = createRequire(join(ROOT, 'package.json')).resolve('typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc], { cwd: made.dir });
    const { stdout } = await promisify(execFile)(process.execPath, ['--test', 'dist/index.spec.js'], {
      cwd: made.dir,
      // Else node:test takes itself for a child of jest's worker.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    expect(stdout).toMatch(/fail 0/);
    expect(await home.json(['plugin', 'test', './brevity-reward'])).toMatchObject({
      plugin: 'brevity@1',
      passed: true,
    });

    const rollouts = jsonl('brevity.jsonl', [{ ...qa, tokens: 300 }]);
    const args = ['reward', 'score', '--plugins', './brevity-reward', '--rollouts', rollouts];
    expect(await home.json(args)).toEqual({ id: 'q1', scores: { brevity: { kind: 'scored', value: 0.5, parts: {} } } });
    const again = await home.run(['plugin', 'new', 'brevity']);
    expect(again).toMatchObject({ code: 1, stdout: '' });
  });

  it('shows each check as it comes, names the one that hangs, and ends with Ctrl-C', async () => {
    const name = plugin('sticky', 'if (batch.length > 1) for (;;); return batch.map(() => scored(1))');
    const golden = {
      scoreVersion: 1,
      cases: [{ name: 'one', rollouts: [qa], scores: [{ kind: 'scored', value: 1 }] }],
    };
    file('sticky/golden.json', JSON.stringify(golden));
    const run = home.start(['plugin', 'test', name, '--deadline-ms', '120000']);
    await run.says(/… answers every rollout, in range: waiting for scores, .* s of at most 2 min 00 s/);
    expect(run.stdout).toBe(
      ['golden: one', 'golden values belong to its scoreVersion', 'refuses an unknown option', 'answers an empty batch']
        .map((check) => `✓ ${check}\n`)
        .join(''),
    );
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('stopped by SIGINT') as string,
    });

    const late = await home.run(['plugin', 'test', name, '--deadline-ms', '1000']);
    expect(late.code).toBe(1);
    expect(late.stdout).toContain('✗ answers every rollout, in range\n    expected  scores within 1000 ms\n');
    expect(late.stdout).toContain('· scores are plain data (not run)\n');
    expect(late.stdout).toMatch(/sticky does not conform: 1 of \d+ checks failed, \d+ not run\n$/);
  });

  it('fails a plugin that does not conform, naming the check', async () => {
    const name = plugin('random', 'return batch.map(() => scored(Math.random()))');
    const golden = {
      scoreVersion: 1,
      cases: [{ name: 'one', rollouts: [qa], scores: [{ kind: 'scored', value: 0 }] }],
    };
    file('random/golden.json', JSON.stringify(golden));
    const { code, stdout } = await home.run(['plugin', 'test', name]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ scores the same rollouts the same\n(.*\n)? +expected .*\n +received /);
    expect(stdout).toMatch(/random@1 does not conform: \d+ of \d+ checks failed/);
  });
});
