import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interrupts } from '../interrupts';
import type { Io } from '../io';
import { Terminal } from '../terminal';
import type { TrainOptions } from './options';
import { trainRequest } from './train-request';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'srvau-train-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const common = { json: false, verbose: false, resume: false, detach: false };
const request = (options: Partial<TrainOptions>): ReturnType<typeof trainRequest> => {
  const io: Io = {
    terminal: new Terminal(process.stdout, process.stderr, {}),
    interrupts: new Interrupts(() => undefined),
    ...{ env: {}, cwd: dir, verbose: false },
  };
  return trainRequest({ ...common, kind: 'grpo', model: 'm', data: 'd', out: 'o', ...options }, io);
};

it('says what was typed, and no more', async () => {
  expect({ ...(await request({})) }).toEqual({
    ...{ model: `file://${dir}/m`, data: `file://${dir}/d`, out: `file://${dir}/o` },
  });
  const all = { preset: 'two-step', ranks: 2, resume: true, seed: 3, learningRate: 1e-4, batchSize: 8, device: 'cuda' };
  expect({ ...(await request({ ...all, device: 'cuda', set: ['loss.klCoef=0'] })) }).toMatchObject({
    ...{ preset: 'two-step', ranks: 2, resume: true },
    config: {
      ...{ seed: 3, optimizer: { learningRate: 1e-4 }, rollout: { promptsPerStep: 8 } },
      ...{ compute: { device: 'cuda' }, loss: { klCoef: 0 } },
    },
  });
  expect((await request({ kind: 'sft', batchSize: 8 })).config).toEqual({ batchSize: 8 });
});

it('has flags go before the file', async () => {
  writeFileSync(join(dir, 'c.json'), '{"seed":1,"steps":5}');
  expect((await request({ config: 'c.json', seed: 2 })).config).toEqual({ seed: 2, steps: 5 });
});

it.each<[string, Partial<TrainOptions>, string]>([
  ['a flag', { learningRate: 0 }, '--learning-rate (optimizer.learningRate): expected a number above 0'],
  ['--set', { set: ['loss.type=ppo'] }, '--set loss.type: expected one of'],
  ['an unknown setting', { set: ['optimizer.lr=1'] }, '--set optimizer.lr: expected no such field'],
  ['the file', { config: 'c.json' }, 'c.json: rollout.groupSize: expected at least 2'],
  ['the preset', { preset: 'paper-eq1' }, '--preset: expected a preset of grpo'],
  ['a default', { ranks: 3 }, 'rollout.promptsPerStep: expected a multiple of the 3 ranks, received 128'],
])('names %s that said what is wrong', async (_name, options, message) => {
  writeFileSync(join(dir, 'c.json'), '{"rollout":{"groupSize":1}}');
  await expect(request(options)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
});

it('wants an object of settings', async () => {
  writeFileSync(join(dir, 'list.json'), '[1]');
  await expect(request({ config: 'list.json' })).rejects.toThrow(/^--config: expected a JSON object/);
});
