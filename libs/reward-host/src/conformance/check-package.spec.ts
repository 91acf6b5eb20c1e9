import { join } from 'node:path';
import { keptLog, pluginSource, PluginFolder, SOURCE_PROGRAM } from '../../test/plugins';
import { checkPluginPackage, type CheckOptions } from './check-package';

const folder = new PluginFolder();
afterAll(() => folder[Symbol.dispose]());

const { log } = keptLog();
const options: CheckOptions = {
  ...{ log, signal: new AbortController().signal, loadDeadlineMs: 60_000 },
  program: { ...SOURCE_PROGRAM, argv: [join(__dirname, 'main.ts')] },
};

const rollout = { id: 'r', groupId: 'g', task: 'qa', completion: 'text', truth: {} };
const golden = (value: number): string =>
  JSON.stringify({
    scoreVersion: 1,
    cases: [{ name: 'one', rollouts: [rollout], scores: [{ kind: 'scored', value }] }],
  });

let packages = 0;
function add(source: string, goldenJson: string | undefined): string {
  const name = `p${(packages += 1)}`;
  const dir = folder.add(name, source);
  if (goldenJson !== undefined) folder.write(name, { 'golden.json': goldenJson });
  return dir;
}

describe('checkPluginPackage', () => {
  it('passes a plugin that conforms', async () => {
    const report = await checkPluginPackage(add(pluginSource(), golden(0.5)), options);
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report).toMatchObject({ plugin: 'sample@1', passed: true });
    expect(report.checks.length).toBeGreaterThan(10);
  });

  it('says what a plugin was to score, and what it did', async () => {
    const report = await checkPluginPackage(add(pluginSource(), golden(0.25)), options);
    expect(report.passed).toBe(false);
    const [failed, ...others] = report.checks.filter(({ passed }) => !passed);
    expect(failed).toMatchObject({ name: 'golden: one', expected: expect.stringContaining('0.25') as string });
    expect(others).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    [
      'loops for ever',
      'for (;;);',
      'scores within 3000 ms',
      /^nothing, as from a loop without end; the plugin was ended$/,
    ],
    ['calls process.exit', 'process.exit(0)', 'scores', /^a plugin that ended .*exit code 0/],
    [
      'fills its heap',
      'const all = []; for (;;) all.push(new Array(1e6).fill(all.length));',
      'scores',
      /^a plugin that filled its memory of 64 MB$/,
    ],
  ])('names the check in which a plugin %s, and those that come no more', async (_what, score, expected, received) => {
    const dir = add(pluginSource({ score: `if (batch.length > 0) { ${score} } return []` }), golden(0.5));
    const report = await checkPluginPackage(dir, { ...options, deadlineMs: 3_000, limits: { memoryMb: 64, env: [] } });
    expect(report.checks).toEqual([
      { name: 'golden: one', passed: false, expected, received: expect.stringMatching(received) as string, where: '' },
    ]);
    expect(report).toMatchObject({ plugin: 'sample', passed: false });
    expect(report.notRun).toContain('answers an empty batch');
    expect(report.notRun).not.toContain('golden: one');
  });

  it('names the import that does not end', async () => {
    const dir = add(`for (;;);`, golden(0.5));
    const { checks, notRun } = await checkPluginPackage(dir, { ...options, loadDeadlineMs: 3_000 });
    expect(checks).toMatchObject([{ name: 'loads', passed: false, expected: 'a module that loads within 3000 ms' }]);
    expect(notRun).toEqual([]);
  });

  it('goes on where a plugin only never answers, and tells each step as it comes', async () => {
    const dir = add(pluginSource({ score: 'return batch.length > 0 ? new Promise(() => {}) : []' }), golden(0.5));
    const told: string[] = [];
    const report = await checkPluginPackage(dir, {
      ...{ ...options, deadlineMs: 20 },
      onWait: ({ check, answer }) => told.push(`${check}: ${answer}`),
      onResult: ({ name, passed }) => told.push(`${name} ${passed ? 'passed' : 'failed'}`),
    });
    expect(report.notRun).toEqual([]);
    expect(report.checks[0]).toMatchObject({ expected: 'scores within 20 ms', received: 'nothing' });
    expect(told.slice(0, 7)).toEqual([
      'loads: a module that loads',
      'golden: one: the end of the check',
      'golden: one: an instance',
      'golden: one: scores',
      'golden: one: the end of dispose()',
      'golden: one failed',
      'golden values belong to its scoreVersion: the end of the check',
    ]);
    expect(told.filter((line) => line.endsWith('passed')).length).toBeGreaterThan(1);
  });

  it.each<[string, string, string | undefined, RegExp]>([
    ['a syntax error', '{{', golden(0), /SyntaxError/],
    ['no golden values', pluginSource(), undefined, /golden\.json: expected a file of JSON/],
    ['golden values of another form', pluginSource(), '{"cases":[]}', /scoreVersion: expected/],
  ])('refuses a package with %s', async (_what, source, goldenJson, message) => {
    await expect(checkPluginPackage(add(source, goldenJson), options)).rejects.toMatchObject({
      ...{ code: 'UNPROCESSABLE', message: expect.stringMatching(message) as string },
    });
  });

  it('stops when it is told to', async () => {
    const caller = new AbortController();
    const dir = add(pluginSource({ score: 'for (;;);' }), golden(0.5));
    const checking = checkPluginPackage(dir, { ...options, signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(checking).rejects.toThrow('enough');
  });
});
