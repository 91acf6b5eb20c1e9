import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SUBJECTS } from '@srvau/contracts';
import { RewardCluster } from '../e2e/support/reward-service';
import { qaCompletion, qaRollouts } from '../e2e/support/rollouts';
import { type TempHome, tempHome } from '../e2e/support/temp-home';
import { call, install, pack, packSdk, TSC, withNatsPy } from './support';

jest.setTimeout(300_000);

let home: TempHome;
let cluster: RewardCluster;
beforeAll(async () => {
  home = await tempHome();
  // Nothing above this folder is ours: what a plugin imports must have been installed there.
  cluster = await RewardCluster.start({ env: { SRVAU_PLUGIN_ROOTS: home.dir, SRVAU_REWARD_DEADLINE_MS: '3000' } });
});
afterAll(async () => {
  await cluster.stop();
  await home[Symbol.asyncDispose]();
});

describe('a plugin in TypeScript', () => {
  it('is built against the packed SDK, packed, installed elsewhere, loaded and scores', async () => {
    const tarballs = join(home.dir, 'tarballs');
    await mkdir(tarballs);
    const sdk = await packSdk(tarballs);

    const project = join(home.dir, 'project');
    await cp(join(__dirname, 'typescript'), project, { recursive: true });
    await install(project, sdk);
    await call(process.execPath, [TSC], project);
    const plugin = await pack(project, tarballs);

    const site = join(home.dir, 'site');
    await mkdir(site);
    await writeFile(join(site, 'package.json'), '{"name":"site","private":true}');
    await install(site, [...sdk, plugin]);

    const source = await realpath(join(site, 'node_modules/@acme/brevity-reward'));
    const status = await cluster.request(SUBJECTS.rewardLoad, { source });
    expect(status).toMatchObject({
      ...{ id: 'brevity', scoreVersion: 1, isolation: 'child-process', options: { maxLength: 512 } },
      package: { name: '@acme/brevity-reward', version: '1.0.0' },
    });

    const rollouts = [
      ...qaRollouts(1, { tokens: { total: 128, firstRound: 50 } }),
      { ...one(), completion: 'nothing' },
    ];
    const reply = await cluster.request(SUBJECTS.rewardScore, { rollouts, plugins: ['brevity', 'task'], parts: true });
    expect(reply.columns['brevity']).toMatchObject({
      ...{ values: [0.75, null], parts: { length: [128, null] }, failed: [] },
      abstained: [{ because: 'no final answer', rows: [1] }],
    });
    const options = { brevity: { maxLength: 256 } };
    const again = await cluster.request(SUBJECTS.rewardScore, { rollouts, plugins: ['brevity'], options });
    expect(again.columns['brevity']?.values).toEqual([0.5, null]);
    // Its options class is of the SDK that was installed with it, not of the service's.
    await expect(
      cluster.request(SUBJECTS.rewardScore, { rollouts, plugins: ['brevity'], options: { brevity: { maxLength: 0 } } }),
    ).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: [{ field: 'options.brevity.maxLength' }] });
  });
});

describe('a plugin in Python', () => {
  let program: ChildProcess | undefined;
  afterEach(async () => {
    if (program?.exitCode === null && program.kill('SIGKILL')) await once(program, 'exit');
  });

  it('is the one that the guide shows', async () => {
    const [guide, program, manifest] = await Promise.all(
      ['../../plugins/README.md', 'python/hedging.py', 'python/package.json'].map((file) =>
        readFile(join(__dirname, file), 'utf8'),
      ),
    );
    expect(guide).toContain(program?.trimEnd());
    const [, shown = ''] = /^```json\n(\{\n {2}"name": "hedging-reward",[^]*?)^```$/m.exec(guide ?? '') ?? [];
    const { srvau } = JSON.parse(manifest ?? '') as { srvau: object };
    expect(JSON.parse(shown)).toMatchObject({ name: 'hedging-reward', srvau });
  });

  it('is loaded by its manifest, and scores as soon as its program answers', async () => {
    const source = join(home.dir, 'hedging');
    await cp(join(__dirname, 'python'), source, { recursive: true });
    const status = await cluster.request(SUBJECTS.rewardLoad, { source, options: { worth: 0.5 } });
    expect(status).toMatchObject({ id: 'hedging', isolation: 'nats', options: { worth: 0.5 } });

    const rollouts = [
      { ...one(), completion: qaCompletion('B', 'B', 'he runs') },
      { ...one(), completion: qaCompletion('B', 'B', 'perhaps he runs') },
      { ...one(), completion: 'nothing' },
    ];
    const ask = async (): Promise<unknown> => {
      const plugins = ['hedging', 'task'];
      return (await cluster.request(SUBJECTS.rewardScore, { rollouts, plugins, parts: true })).columns;
    };
    const because = 'hedging@1: nobody answers srvau.plugin.reward.hedging.v1';
    const unanswered = { values: [null, null, null], failed: [{ because, rows: [0, 1, 2] }] };
    expect(await ask()).toMatchObject({ hedging: unanswered, task: { values: [1, 1, 0] } });

    const nats = await withNatsPy(home.dir, 'the plugin in Python');
    if (nats === undefined) return;
    program = spawn('python3', [join(source, 'hedging.py'), cluster.nats.url], {
      env: { ...process.env, PYTHONPATH: nats },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface({ input: program.stdout as NodeJS.ReadableStream }), 'line');
    expect(await ask()).toMatchObject({
      hedging: {
        ...{ values: [1, 0.5, null], parts: { hedges: [0, 1, null] }, failed: [] },
        abstained: [{ because: 'no thought', rows: [2] }],
      },
    });

    // What it cannot work with it says, and serves on.
    const options = { hedging: { worth: 'much' } };
    const refused = await cluster.request(SUBJECTS.rewardScore, { rollouts, plugins: ['hedging'], options });
    const message = "ValueError: options.worth: expected a number from 0, received 'much'";
    expect(refused.columns['hedging']?.failed).toEqual([
      { because: expect.stringContaining(message) as string, rows: [0, 1, 2] },
    ]);

    // What does not fit into one message goes in several.
    const many = Array.from({ length: 40 }, () => ({
      ...one(),
      completion: qaCompletion('B', 'B', 'x'.repeat(9_000)),
    }));
    const large = await cluster.request(SUBJECTS.rewardScore, { rollouts: many, plugins: ['hedging'] });
    expect(large.columns['hedging']?.values).toEqual(many.map(() => 1));
  });
});

const one = () => qaRollouts(1)[0] as ReturnType<typeof qaRollouts>[number];
