import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRun, useTempDir, writeRun, writeSamples } from '../../test/run-on-disk';
import type { NamedRun } from '../chart/charts-of-runs';
import { readRun } from '../read/read-run';
import { writeRunsPage, writeRunsSvg } from './write-files';

const temp = useTempDir();
const HOSTILE = '</pre></svg><script>alert(1)</script><img src=x onerror=alert(1)> "\'&\u0000\ud800';

const load = async (...names: string[]): Promise<NamedRun[]> =>
  Promise.all(names.map(async (label) => ({ label, run: await readRun(join(temp(), label)) })));

const page = async (runs: NamedRun[], options = {}): Promise<string> => {
  const out = join(temp(), 'made', 'page.html');
  expect(await writeRunsPage(out, runs, options)).toBeGreaterThan(0);
  return readFile(out, 'utf8');
};

const ramp = (count: number): Record<string, number>[] =>
  Array.from({ length: count }, (_, i) => ({ loss: 1 / (i + 1), 'reward/task/mean': i, 'val/loss': 2 }));

describe('a page of runs', () => {
  it('shows curves by area, values, settings, events and transcripts', async () => {
    const run = await openRun(join(temp(), 'one'), {
      config: { optimizer: { learningRate: 2e-5 } },
      metrics: ramp(30),
      events: [
        { kind: 'started' },
        { kind: 'warning', warning: 'kl-explodes', step: 7, message: 'kl is 12.5 nats' },
        { kind: 'warning', warning: 'kl-explodes', step: 9, message: 'kl is 13 nats' },
      ],
    });
    await writeSamples(run, 30, [{ id: 'q/0', groupId: 'q', completion: '\nI see <think>' }]);
    await run.close();
    const text = await page(await load('one'), { smooth: 0.6 });
    expect([...text.matchAll(/<h2[^>]*>([^<]+)</g)].map(([, title]) => title)).toEqual([
      ...['Training', 'Reward', 'Validation', 'Values', 'Configuration', 'Events', 'Samples of step 30'],
    ]);
    expect(text.match(/<path class="curve tone0 dash0"/g)).toHaveLength(3);
    expect(text.match(/<path class="curve raw tone0 dash0"/g)).toHaveLength(3);
    expect(text).toContain('kl-explodes (2 times), step 9: kl is 13 nats');
    expect(text.match(/<line class="warning"/g)).toHaveLength(3);
    expect(text).toContain('optimizer.learningRate');
    expect(text).toContain('\n\nI see &lt;think&gt;');
  });

  it('fetches and runs nothing, and allows itself the one style that it has', async () => {
    await writeRun(join(temp(), 'a'), { metrics: ramp(3) });
    const text = await page(await load('a'));
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(text) ?? [];
    expect(text).toContain(`style-src &#39;sha256-${createHash('sha256').update(style).digest('base64')}&#39;`);
    expect(text).not.toMatch(/<script|<link|url\(|@import|https?:/);
    expect(text).not.toMatch(/ style=/);
  });

  it('has the same elements whatever texts are in the files', async () => {
    const make = async (name: string, text: string): Promise<string> => {
      const run = await openRun(join(temp(), name), {
        config: { note: text },
        metrics: [{ [`m ${text}`]: 1 }],
        events: [{ kind: 'warning', message: text }],
      });
      const written = text.replace(/\p{Surrogate}/u, '');
      const scores = { [written]: { kind: 'abstained', because: written } };
      await writeSamples(run, 1, [{ id: 'q/0', groupId: written, completion: written, prompt: written, scores }]);
      await run.close();
      return page(await load(name));
    };
    const elements = (text: string): string[] => text.match(/<[a-z][^\s>]*/g) ?? [];
    const [harmless, hostile] = [await make('a', 'text'), await make('b', HOSTILE)];
    expect(elements(hostile)).toEqual(elements(harmless));
    expect(hostile).not.toContain('\u0000');
  });

  it('holds several runs against each other', async () => {
    await writeRun(join(temp(), 'first'), { config: { lr: 1 }, metrics: ramp(10) });
    await writeRun(join(temp(), 'second'), { config: { lr: 2 }, metrics: ramp(20) });
    await writeRun(join(temp(), 'fresh'), { config: { lr: 1 } });
    const text = await page(await load('first', 'second', 'fresh'), { metrics: ['loss'] });
    expect(text.match(/<path class="curve tone/g)).toHaveLength(2);
    expect(text.match(/class="legend"/g)).toHaveLength(1);
    expect(text).toContain('what differs');
    expect(text).not.toContain('reward/task/mean');
  });

  it('is whole for a run of nothing, and for one without a finite value', async () => {
    await writeRun(join(temp(), 'fresh'));
    expect(await page(await load('fresh'))).toContain('No metrics yet.');
    await writeRun(join(temp(), 'diverged'), { metrics: [{ loss: NaN }] });
    expect(await page(await load('diverged'))).toContain('no finite value');
  });

  it('stays small for a long run', async () => {
    const series = Float64Array.from({ length: 200_000 }, (_, i) => Math.sin(i));
    await writeRun(join(temp(), 'long'), { metrics: [{ loss: 1 }] });
    const [named] = await load('long');
    if (named === undefined) throw new Error('expected a run');
    const metrics = {
      ...named.run.metrics,
      series: new Map([['loss', { name: 'loss', steps: series.map((_, i) => i), values: series }]]),
    };
    expect((await page([{ label: 'long', run: { ...named.run, metrics } }])).length).toBeLessThan(100_000);
  });
});

describe('a picture of runs', () => {
  it('is XML of its own that needs nothing else', async () => {
    await writeRun(join(temp(), 'a'), { metrics: ramp(3) });
    await writeRun(join(temp(), 'b & <c>'), { metrics: ramp(5) });
    const out = join(temp(), 'curves.svg');
    await writeRunsSvg(out, await load('a', 'b & <c>'), { metrics: ['loss', 'val/*'] });
    const text = await readFile(out, 'utf8');
    expect(text).toMatch(/^<svg\s+xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(text.match(/<path class="curve tone/g)).toHaveLength(4);
    expect(text).toContain('prefers-color-scheme: dark');
    expect(text).toContain('b &amp; &lt;c&gt;');
    expect(text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script/);
  });
});
