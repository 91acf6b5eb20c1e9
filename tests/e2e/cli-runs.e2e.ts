import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunDirectory, writeParquet } from '@srvau/storage';
import { CliHome } from './support/cli';

jest.setTimeout(180_000);

let home: CliHome;
beforeAll(async () => {
  home = await CliHome.create();
});
afterAll(() => home.remove());

const at = (...names: string[]): string => join(home.dir, ...names);

interface Made {
  steps: number;
  learningRate: number;
  /** By how much the reward rises. */
  lift: number;
}

/** A run as the training service writes it, still open. */
async function begin(name: string, { steps, learningRate, lift }: Made): Promise<RunDirectory> {
  const run = await RunDirectory.createIn(at('runs', name), {
    ...{ kind: 'training.grpo', seed: 7, versions: { srvau: '0.1.0' } },
    config: { optimizer: { learningRate }, prompt: 'two-step' },
    parents: [{ role: 'policy', uri: 'file:///models/tiny' }],
  });
  const event = (kind: string, step: number, more = {}): Promise<void> =>
    run.appendEvent({ at: '2026-01-02T03:04:05.000Z', step, kind, message: `it ${kind}`, ...more });
  await event('started', 0);
  for (let step = 1; step <= steps; step += 1) {
    const metrics = { loss: step === 3 ? NaN : 1 / step, 'reward/total/mean': (lift * step) / steps };
    await run.appendMetrics({ step, ...metrics, ...(step % 5 === 0 ? { 'val/reward/total/mean': lift } : {}) });
  }
  await event('warning', 4, { warning: 'constant-reward' });
  await run.checkpoints.write(steps, (dir) => writeFile(join(dir, 'weights'), ''));
  return run;
}

async function finish(run: RunDirectory, step: number): Promise<void> {
  await run.appendEvent({ at: '2026-01-02T03:05:05.000Z', step, kind: 'finished', message: 'all done' });
  const sample = { id: 'q/0', groupId: 'q', completion: '<think>I & you</think>', prompt: 'Who? <b>', reward: 1.5 };
  await writeParquet(await run.samples.pathFor(step), [sample], {
    ...{ id: 'string', groupId: 'string', completion: 'string', prompt: 'string', reward: 'double?' },
  });
  await run.close();
}

describe('srvau runs', () => {
  beforeAll(async () => {
    await finish(await begin('good', { steps: 20, learningRate: 2e-5, lift: 1 }), 20);
    await finish(await begin('flat', { steps: 10, learningRate: 1e-5, lift: 0.1 }), 10);
  });

  it('lists what is there, while it goes on too, with damaged lines counted', async () => {
    const open = await begin('damaged', { steps: 5, learningRate: 2e-5, lift: 0.5 });
    await appendFile(at('runs', 'damaged', 'metrics.jsonl'), 'garbage\n{"step":6,"lo');
    interface Listed {
      runs: { id: string; state: string; steps: number; damagedLines: number; warnings: number }[];
      problems: { dir: string; error: string }[];
    }
    const { runs } = await home.json<Listed>(['runs', 'ls']);
    expect(runs.map(({ id, state, steps, damagedLines }) => [id, state, steps, damagedLines])).toEqual([
      ['damaged', 'running', 5, 1],
      ['flat', 'finished', 10, 0],
      ['good', 'finished', 20, 0],
    ]);
    await open.close();
    await writeFile(at('runs', 'damaged', 'run.json'), '{');
    const { runs: others, problems } = await home.json<Listed>(['runs', 'ls', 'runs']);
    expect(others).toHaveLength(2);
    expect(problems).toMatchObject([{ dir: at('runs', 'damaged'), error: expect.stringContaining('expected JSON') }]);
    const table = await home.run(['runs', 'ls']);
    expect(table.stdout).toMatch(/\nruns\/good +grpo +finished +20 +reward 1 +reward 1 +1 +/);
    expect(table.stderr).toContain('run.json: expected JSON');
    expect((await home.run(['runs', 'ls', 'nowhere'])).code).toBe(1);
  });

  it('shows one', async () => {
    const { code, stdout } = await home.run(['runs', 'show', 'runs/good', '--metric', 'l*', '--events', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/set otherwise than by default\n {2}prompt +two-step\n/);
    expect(stdout).toMatch(/\nloss +0\.05 .* 1 not finite\n/);
    expect(stdout).not.toContain('reward/total/mean');
    expect(stdout.trimEnd()).toMatch(/step 20 {2}finished: all done$/);
    const shown = await home.json<{ metrics: { metric: string; last: unknown; min: unknown }[] }>([
      ...['runs', 'show', 'runs/good'],
    ]);
    expect(shown.metrics.map(({ metric }) => metric)).toEqual(['loss', 'reward/total/mean', 'val/reward/total/mean']);
    expect(shown.metrics[0]).toMatchObject({ last: { step: 20, value: 0.05 }, min: { step: 20 }, nonFinite: 1 });
  });

  it('compares', async () => {
    const { stdout } = await home.run(['runs', 'compare', 'runs/good', 'runs/flat', '--metric', 'reward/*']);
    expect(stdout).toMatch(/\noptimizer\.learningRate +2e-5 +1e-5\n/);
    expect(stdout).toMatch(/\nreward\/total\/mean +1 +1 +0\.1 +-0\.9 +0\.1\n/);
    const compared = await home.json<{ metrics: { metric: string; deltas: unknown[] }[] }>([
      ...['runs', 'compare', 'runs/good', 'runs/flat'],
    ]);
    expect(compared.metrics).toMatchObject([{ metric: 'loss' }, { deltas: [0, -0.9] }, {}]);
    expect(await home.run(['runs', 'compare', 'runs/good', 'runs/good'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('draws on the terminal, as SVG and as a page', async () => {
    const plot = ['runs', 'plot', 'runs/good', 'runs/flat'];
    const drawn = await home.run([...plot, '--metric', 'reward/*', '--smooth', '0.5']);
    expect(drawn).toMatchObject({ code: 0, stderr: '' });
    expect(drawn.stdout).toMatch(/^reward\/total\/mean smoothed 0\.5\n/);
    expect(drawn.stdout).toMatch(/[\u2801-\u28ff]/);
    expect(drawn.stdout).not.toContain('\u001b');
    expect(Math.max(...drawn.stdout.split('\n').map((row) => [...row].length))).toBeLessThanOrEqual(100);

    expect(await home.json(['runs', 'plot', 'runs/good', '--metric', 'loss'])).toMatchObject({
      runs: [{ label: 'good', metrics: { loss: { steps: { length: 20 }, values: { 0: 1, 1: 0.5, 2: 'NaN' } } } }],
    });
    expect(await home.run([...plot, '--out', 'made/all.svg'])).toMatchObject({ code: 0 });
    expect(await readFile(at('made', 'all.svg'), 'utf8')).toMatch(/^<svg[^]*<\/svg>\n$/);
    expect(await home.run([...plot, '--out', 'made/all.html'])).toMatchObject({ code: 0 });
    const page = await readFile(at('made', 'all.html'), 'utf8');
    expect(page).toContain('&lt;think&gt;I &amp; you&lt;/think&gt;');
    expect(page).not.toMatch(/<script|https?:/);
  });

  it('names what is wrong', async () => {
    for (const [args, code, message] of [
      [['show', 'nowhere'], 1, /nowhere: expected a run directory with run\.json, received none/],
      [['show', 'runs/good', '--metric', 'nope'], 1, /--metric: expected some of loss, .*received "nope"/],
      [['plot', 'runs/good', '--out', 'x.png'], 2, /--out: expected a file that ends in \.svg or \.html/],
      [['plot', 'runs/good', '--smooth', '1'], 2, /from 0 to below 1/],
    ] as const) {
      const { stderr, ...rest } = await home.run(['runs', ...args]);
      expect(rest).toEqual({ code, stdout: '' });
      expect(stderr).toMatch(message);
    }
  });
});

describe('srvau train', () => {
  it('lists presets, and shows what follows from one', async () => {
    const { presets } = await home.json<{ presets: { preset: string }[] }>(['train', 'presets']);
    expect(presets.map(({ preset }) => preset)).toEqual(expect.arrayContaining(['reflection-sft', 'srvau-r1', 'grpo']));
    const one = await home.json<{ resolved: unknown }>(['train', 'presets', 'two-step']);
    expect(one.resolved).toMatchObject({
      prompt: 'two-step',
      rollout: { groupSize: 4 },
      optimizer: { learningRate: 2e-5 },
    });
    const shown = await home.run(['train', 'presets', 'paper-eq1']);
    expect(shown.stdout).toMatch(/\nweights\.initial +0 +preset\n/);
    expect(await home.run(['train', 'presets', 'nope'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('refuses what cannot work before anything is started', async () => {
    const train = ['train', 'grpo', '--model', 'm', '--data', 'd', '--out', 'runs/new'];
    for (const [more, message] of [
      [['--learning-rate', '0'], /--learning-rate \(optimizer\.learningRate\): expected a number above 0/],
      [['--group-size', '1'], /--group-size \(rollout\.groupSize\): expected at least 2/],
      [['--ranks', '3'], /rollout\.promptsPerStep: expected a multiple of the 3 ranks/],
      [['--preset', 'nope'], /--preset: expected a preset of grpo/],
      [['--set', 'loss.type=ppo'], /--set loss\.type: expected one of grpo/],
    ] as const) {
      const { stderr, ...rest } = await home.run([...train, ...more]);
      expect(rest).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('starting');
    }
    await home.quiet();
  });
});
