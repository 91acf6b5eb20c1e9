import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checkpoints, refusal } from '../../test/checkpoint';
import { digestCheckpoint, listCheckpoint, sha256OfFile } from './checkpoint-files';

const checkpoints = new Checkpoints();
afterAll(() => checkpoints.dispose());

const none = { 'tokenizer.json': null, 'tokenizer_config.json': null };
const make = (files: Record<string, string | object>): string => checkpoints.make({ ...none, ...files });

describe('listCheckpoint', () => {
  it('tells weights from other files', async () => {
    const dir = make({ 'config.json': {}, 'model.safetensors': 'w', 'optimizer.safetensors': 'o', 'README.md': '' });
    mkdirSync(join(dir, 'folder'));
    symlinkSync('README.md', join(dir, 'zz'));
    const files = await listCheckpoint(dir);
    expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ...[
        ['README.md', 0],
        ['config.json', 2],
      ],
      ...[
        ['model.safetensors', 1],
        ['optimizer.safetensors', 1],
        ['zz', 0],
      ],
    ]);
    expect(files.filter(({ isWeights }) => isWeights).map(({ name }) => name)).toEqual(['model.safetensors']);
  });

  it('goes by the index of a checkpoint in shards', async () => {
    const index = { weight_map: { a: 'one.safetensors', b: 'two.safetensors' } };
    const files = await listCheckpoint(
      make({
        'model.safetensors.index.json': index,
        'one.safetensors': '1',
        'two.safetensors': '2',
        'x.safetensors': '',
      }),
    );
    expect(files.filter(({ isWeights }) => isWeights).map(({ name }) => name)).toEqual([
      'one.safetensors',
      'two.safetensors',
    ]);
  });

  it('leaves out links that lead nowhere', async () => {
    const dir = make({ 'config.json': {} });
    symlinkSync('../blobs/0', join(dir, 'model.safetensors'));
    symlinkSync('circle', join(dir, 'circle'));
    expect((await listCheckpoint(dir)).map(({ name }) => name)).toEqual(['config.json']);
  });

  it('refuses what is no directory', async () => {
    expect(await refusal(() => listCheckpoint(__filename))).toMatchObject({ code: 'UNPROCESSABLE' });
  });
});

describe('digestCheckpoint', () => {
  it('changes with what determines answers, and with nothing else', async () => {
    const files = { 'config.json': { a: 1 }, 'model.safetensors': 'weights' };
    const digest = await digestCheckpoint(make(files));
    expect(await digestCheckpoint(make({ ...files, 'README.md': 'text' }))).toBe(digest);
    expect(await digestCheckpoint(make({ ...files, 'model.safetensors': 'Weights' }))).not.toBe(digest);
    expect(await digestCheckpoint(make({ ...files, 'chat_template.jinja': '' }))).not.toBe(digest);
  });

  it('is made of the digests of the files', async () => {
    const dir = make({ 'model.safetensors': 'abc' });
    writeFileSync(join(dir, 'empty'), '');
    expect(await sha256OfFile(join(dir, 'model.safetensors'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    await expect(sha256OfFile(join(dir, 'empty'), AbortSignal.abort(new Error('no')))).rejects.toThrow();
  });
});
