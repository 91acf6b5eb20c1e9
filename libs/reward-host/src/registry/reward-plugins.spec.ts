import { batchOf, keptLog, pluginSource, PluginFolder, row, SOURCE_PROGRAM } from '../../test/plugins';
import { RolloutBatch } from '../batch/rollout-batch';
import { RewardPlugins } from './reward-plugins';

let folder: PluginFolder;
let plugins: RewardPlugins;
const { lines, log } = keptLog();

beforeEach(() => {
  folder = new PluginFolder();
  plugins = new RewardPlugins({ from: folder.path, log, childProgram: SOURCE_PROGRAM, loadDeadlineMs: 30_000 });
});
afterEach(async () => {
  await plugins.close();
  folder[Symbol.dispose]();
});

const context = { signal: new AbortController().signal, deadlineMs: 30_000 };
const isolations = ['in-process', 'child-process'] as const;
const constant = (value: number, scoreVersion = 1): string =>
  pluginSource({ scoreVersion, score: `return batch.map(() => scored(${value}))` });

describe.each(isolations)('plugins %s', (isolation) => {
  it('are loaded by folder, listed, scored by and unloaded', async () => {
    folder.add('p', pluginSource({ range: '({ bonus }) => ({ min: 0, max: bonus })' }));
    const info = await plugins.load('./p', { isolation, options: { bonus: 0.25 } });
    expect(info).toMatchObject({ id: 'sample', source: './p', isolation, options: { bonus: 0.25 }, sdk: '^1.0.0' });
    expect(plugins.list()).toEqual([{ info, health: { state: 'ready', restarts: 0 } }]);
    const [column] = await plugins.score([{ id: 'sample' }], batchOf(2), context);
    expect(column).toMatchObject({
      ...{ info, range: { min: 0, max: 0.25 } },
      outcomes: [0.25, 0.25].map((value) => ({ kind: 'scored', value })),
    });
    const [other] = await plugins.score([{ id: 'sample', options: { bonus: 1 } }], batchOf(1), context);
    expect(other).toMatchObject({ outcomes: [{ kind: 'scored', value: 1 }], range: { min: 0, max: 1 } });
    expect(await plugins.unload('sample')).toBe(info);
    expect(plugins.list()).toEqual([]);
    await expect(plugins.score([{ id: 'sample' }], batchOf(1), context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('of group scope get whole groups in a row, and outcomes go back to their rows', async () => {
    const score = `
      const seen = [];
      for (const { groupId } of batch) {
        if (seen.at(-1) !== groupId && seen.includes(groupId)) throw new Error('torn group ' + groupId);
        seen.push(groupId);
      }
      return batch.map(({ id }) => scored(Number(id) / 10))`;
    folder.add('p', pluginSource({ scope: 'group', score }));
    await plugins.load('./p', { isolation });
    const rows = ['a', 'b', 'a', 'c', 'b', 'a'].map((groupId, i) => row({ id: String(i), groupId }));
    const [column] = await plugins.score([{ id: 'sample' }], new RolloutBatch(rows), context);
    expect(column?.outcomes).toEqual([0, 1, 2, 3, 4, 5].map((i) => ({ kind: 'scored', value: i / 10 })));
  });
});

describe('plugins in a child process', () => {
  const isolation = 'child-process';

  it('are reloaded with new code, while batches in flight end with the old', async () => {
    const gate = `${folder.path}/go`;
    const waitForGate = `
      const fs = require('node:fs');
      return new Promise((done) => {
        const look = () => fs.existsSync(${JSON.stringify(gate)}) ? done(batch.map(() => scored(0.1))) : setTimeout(look, 5);
        look();
      })`;
    folder.write('p', { 'lib.js': `exports.value = 0.1;` });
    folder.add('p', pluginSource({ score: waitForGate }));
    await plugins.load('./p', { isolation });
    const old = plugins.score([{ id: 'sample' }], batchOf(2), context);

    folder.write('p', { 'lib.js': `exports.value = 0.9;` });
    const top = `const { value } = require('./lib.js');`;
    folder.add('p', pluginSource({ top, scoreVersion: 2, score: 'return batch.map(() => scored(value))' }));
    expect(await plugins.reload('sample')).toMatchObject({ scoreVersion: 2, source: './p' });
    const [fresh] = await plugins.score([{ id: 'sample' }], batchOf(1), context);
    expect(fresh).toMatchObject({ info: { scoreVersion: 2 }, outcomes: [{ kind: 'scored', value: 0.9 }] });

    // The second file of the package is new code too.
    folder.write('p', { 'lib.js': `exports.value = 0.7;` });
    await plugins.reload('sample');
    const [again] = await plugins.score([{ id: 'sample' }], batchOf(1), context);
    expect(again?.outcomes).toEqual([{ kind: 'scored', value: 0.7 }]);

    folder.write('.', { go: '' });
    const [column] = await old;
    expect(column).toMatchObject({ info: { scoreVersion: 1 } });
    expect(column?.outcomes).toEqual([0.1, 0.1].map((value) => ({ kind: 'scored', value })));
  });

  it.each<[string, string, object]>([
    ['a syntax error', '{{', {}],
    ['a wrong SDK range', constant(0.9), { sdk: '^2.0.0' }],
    ['another id', constant(0.9), { id: 'other' }],
    ['a missing entry', constant(0.9), { entry: './gone.js' }],
  ])('stay as they were when a reload meets %s', async (_what, source, manifest) => {
    folder.add('p', constant(0.1));
    const info = await plugins.load('./p', { isolation });
    folder.add('p', source, { ...manifest });
    await expect(plugins.reload('sample')).rejects.toMatchObject({
      code: expect.stringMatching(/UNPROCESSABLE|CONFLICT/) as string,
    });
    expect(plugins.list()[0]?.info).toBe(info);
    const [column] = await plugins.score([{ id: 'sample' }], batchOf(1), context);
    expect(column?.outcomes).toEqual([{ kind: 'scored', value: 0.1 }]);
  });
});

describe('the registry', () => {
  it('refuses a second plugin of an id, naming both places', async () => {
    const [one, two] = ['one', 'two'].map((name) => folder.add(name, constant(0.5)));
    await plugins.load('./one', { isolation: 'in-process' });
    await expect(plugins.load('./two', { isolation: 'in-process' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `id of ${two}: expected an id that no other plugin has, received sample, which is also the id of ${one}`,
    });
    await expect(plugins.load('./one', { isolation: 'in-process' })).rejects.toMatchObject({
      message: expect.stringMatching(/received sample, which is loaded from there already; .* reload it$/) as string,
    });
  });

  it('makes one change of a plugin at a time', async () => {
    folder.add('p', constant(0.5));
    const both = await Promise.allSettled([1, 2].map(() => plugins.load('./p', { isolation: 'in-process' })));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { code: 'CONFLICT' } });
  });

  it('names the loaded plugins where one is not known, and refuses one asked for twice', async () => {
    folder.add('p', constant(0.5));
    await plugins.load('./p', { isolation: 'in-process' });
    await expect(plugins.score([{ id: 'tsak' }], batchOf(1), context)).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', message: 'plugin: expected one of those loaded: sample, received "tsak" (string)' },
    });
    await expect(plugins.score([{ id: 'sample' }, { id: 'sample' }], batchOf(1), context)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    await expect(plugins.reload('tsak')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('names wrong options by plugin', async () => {
    folder.add('p', pluginSource());
    await plugins.load('./p', { isolation: 'in-process' });
    const request = plugins.score([{ id: 'sample', options: { bonus: 7 } }], batchOf(1), context);
    await expect(request).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ field: 'options.sample.bonus', expected: expect.stringContaining('at most 1') as string }],
    });
  });

  it('scores by several side by side; where one refuses, the others are told to stop', async () => {
    folder.add('fast', pluginSource({ id: 'fast' }), { id: 'fast' });
    const score = `
      return new Promise((_, reject) => context.signal.addEventListener('abort', () => {
        host.log('info', 'stopped'); reject(new Error('stopped'));
      }))`;
    folder.add('slow', pluginSource({ id: 'slow', score }), { id: 'slow' });
    for (const source of ['./fast', './slow']) await plugins.load(source, { isolation: 'in-process' });
    const requests = [{ id: 'slow' }, { id: 'fast', options: { bonus: 7 } }];
    await expect(plugins.score(requests, batchOf(1), context)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(lines.map(({ message }) => message)).toContain('stopped');
  });

  it('leaves plugins over NATS to whoever can reach them', async () => {
    const manifest = {
      transport: 'nats',
      scoreVersion: 1,
      scope: 'sample',
      range: { min: 0, max: 1 },
      entry: undefined,
    };
    folder.add('far', '', manifest);
    await expect(plugins.load('./far')).rejects.toThrow(
      /a plugin in JavaScript, received one that is reached over NATS/,
    );
  });

  it('ends batches in flight before it is closed, and takes no more', async () => {
    const score = 'return new Promise((done) => setTimeout(done, 30, batch.map(() => scored(0.5))))';
    folder.add('p', pluginSource({ score, dispose: `globalThis.disposedBySpec = true` }));
    await plugins.load('./p', { isolation: 'in-process' });
    const flight = plugins.score([{ id: 'sample' }], batchOf(1), context);
    await plugins.close();
    expect(await flight).toMatchObject([{ outcomes: [{ kind: 'scored' }] }]);
    expect(globalThis).toHaveProperty('disposedBySpec', true);
    await expect(plugins.load('./p')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
