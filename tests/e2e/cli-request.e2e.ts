import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliHome, type CliRun } from './support/cli';
import { eventually } from './support/eventually';
import { PLUGINS } from './support/reward-service';

jest.setTimeout(240_000);

const ROOT = join(__dirname, '../..');
const COMMAND = /^npx srvau request (\S+)(?: '([^']*)')?$/gm;

let home: CliHome;
let up: CliRun;
beforeAll(async () => {
  home = await CliHome.create({ SRVAU_PLUGIN_ROOTS: PLUGINS });
  up = home.start(['up', '--services', 'reward', '--port-base', '0', '--json']);
  await eventually('the services of srvau up', () => up.stdout.includes('\n'), 120_000);
});
afterAll(async () => {
  up.child.kill('SIGINT');
  await up.ended;
  await home.quiet();
  await home.remove();
});

describe('srvau request', () => {
  it('asks the services of this folder, and prints the answer as it came', async () => {
    const { plugins } = await home.json<{ plugins: { id: string }[] }>(['request', 'srvau.reward.plugins']);
    expect(plugins.map(({ id }) => id)).toEqual(['reflection', 'task', 'temporal-iou']);
    const readable = await home.run(['request', 'srvau.reward.info']);
    expect(readable.code).toBe(0);
    expect(readable.stdout).toContain('\n  "service": "reward"');
  });

  it('runs the scoring request of apps/reward/README.md as it stands there', async () => {
    const guide = readFileSync(join(ROOT, 'apps/reward/README.md'), 'utf8');
    const [, subject = '', body = ''] =
      [...guide.matchAll(COMMAND)].find(([command]) => command.includes('.score')) ?? [];
    const expected = { rows: 1, lengthUnit: 'tokens', columns: { task: { values: [1], failed: [] } } };
    expect(await home.json(['request', subject, body])).toMatchObject(expected);
    const { code, stdout } = await home.run(['request', subject, '-', '--json'], {}, body);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject(expected);
  });

  it('loads, reloads and unloads a plugin, as the guides say', async () => {
    const source = join(PLUGINS, 'steady');
    expect(await home.json(['request', 'srvau.reward.load', JSON.stringify({ source })])).toMatchObject({
      id: 'steady',
    });
    expect(await home.json(['request', 'srvau.reward.reload', '{"id": "steady"}'])).toMatchObject({ id: 'steady' });
    expect(await home.json(['request', 'srvau.reward.unload', '{"id": "steady"}'])).toEqual({
      id: 'steady',
      unloaded: true,
    });
  });

  it.each<[string, string[], number, RegExp]>([
    ['a wrong field', ['srvau.reward.score', '{"rollouts": [], "weights": {}}'], 2, /weights: expected no such field/],
    ['what is not loaded', ['srvau.reward.unload', '{"id": "nobody"}'], 1, /nobody/],
    ['no JSON', ['srvau.reward.score', '{"rollouts":'], 2, /the request: expected JSON, received/],
    ['no object', ['srvau.reward.score', '-'], 2, /expected the request as a JSON object, received \[\]/],
    ['a file that is not there', ['srvau.reward.score', 'gone.json'], 1, /gone\.json/],
    ['no subject', ['srvau.reward.*'], 2, /expected a subject without spaces, \* and >/],
    ['a service that is not there', ['srvau.evaluation.info'], 69, /no service answers.*are started with: srvau up/],
  ])('refuses %s', async (_what, args, code, message) => {
    const { stderr, ...rest } = await home.run(['request', ...args], {}, '[]');
    expect(rest).toEqual({ code, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
