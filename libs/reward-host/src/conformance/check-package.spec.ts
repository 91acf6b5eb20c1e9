import { join } from 'node:path';
import { keptLog, pluginSource, PluginFolder, SOURCE_PROGRAM } from '../../test/plugins';
import { checkPluginPackage, type CheckOptions } from './check-package';

const folder = new PluginFolder();
afterAll(() => folder[Symbol.dispose]());

const { log } = keptLog();
const options: CheckOptions = {
  ...{ log, signal: new AbortController().signal, deadlineMs: 60_000 },
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

  it.each<[string, string, RegExp]>([
    ['loops for ever', 'for (;;);', /^no end within 4000 ms$/],
    ['calls process.exit', 'process.exit(0)', /exit code 0/],
  ])('names the check in which a plugin %s', async (_what, score, received) => {
    const dir = add(pluginSource({ score: `if (batch.length > 0) { ${score} } return []` }), golden(0.5));
    const report = await checkPluginPackage(dir, { ...options, deadlineMs: 4_000 });
    expect(report.passed).toBe(false);
    expect(report.checks.at(-1)).toMatchObject({
      ...{ passed: false, received: expect.stringMatching(received) as string },
      name: expect.stringMatching(/^golden: one$/) as string,
    });
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
