import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveSft, SftRequest } from '@srvau/contracts';
import { ArtifactStore, fileUri, RunDirectory } from '@srvau/storage';
import { refusal } from '../../test/refusal';
import { TinyWorld } from '../../test/tiny-world';
import { checkTrainRequest } from './check-request';
import { checkpointBytes, requireSpace } from './disk-space';

let world: TinyWorld;
let store: ArtifactStore;
beforeAll(async () => {
  world = await TinyWorld.make();
  store = new ArtifactStore({ fileRoots: [world.dir], s3: false });
});
afterAll(async () => {
  await store.close();
  world.dispose();
});

const inWorld = (name: string): string => join(world.dir, name);

function check(change: Partial<SftRequest> = {}): Promise<void> {
  const paths = { model: fileUri(world.model), data: fileUri(world.data), out: fileUri(inWorld('new')) };
  const request = Object.assign(new SftRequest(), paths, change);
  return checkTrainRequest('sft', request, resolveSft(request), store);
}

/** A copy of the model with one file changed; null takes it away. */
function modelWith(name: string, file: string, text: string | null): string {
  const dir = inWorld(name);
  cpSync(world.model, dir, { recursive: true });
  if (text === null) rmSync(join(dir, file));
  else writeFileSync(join(dir, file), text);
  return fileUri(dir);
}

const begin = async (name: string, config: object = resolveSft({})): Promise<void> => {
  const run = { kind: 'training.sft', id: name, seed: 0, config: { ...config }, versions: {} };
  await (await RunDirectory.createIn(inWorld(name), run)).close();
};

describe('checkTrainRequest', () => {
  it('lets a request pass that can work, and writes nothing', async () => {
    await check();
    expect((await refusal(() => RunDirectory.read(inWorld('new')))).code).toBe('NOT_FOUND');
  });

  it.each<[string, () => Partial<SftRequest>, string, string, string]>([
    ['a path outside the roots', () => ({ model: 'file:///etc' }), 'model', 'FORBIDDEN', 'below the file roots'],
    ['no model', () => ({ model: fileUri(inWorld('none')) }), 'model', 'UNPROCESSABLE', 'a checkpoint directory'],
    ['a folder of something else', () => ({ model: fileUri(world.data) }), 'model', 'UNPROCESSABLE', 'config.json'],
    [
      'another architecture',
      () => ({ model: modelWith('llama', 'config.json', '{"model_type": "llama"}') }),
      ...(['model', 'UNPROCESSABLE', 'model_type: expected "qwen2_5_vl", received "llama"'] as const),
    ],
    [
      'a config.json that is none',
      () => ({ model: modelWith('torn', 'config.json', '{"model_type') }),
      ...(['model', 'UNPROCESSABLE', 'expected JSON'] as const),
    ],
    [
      'no tokenizer',
      () => ({ model: modelWith('mute', 'tokenizer.json', null) }),
      ...(['model', 'UNPROCESSABLE', 'with tokenizer.json'] as const),
    ],
    [
      'no weights',
      () => ({ model: modelWith('hollow', 'model.safetensors', null) }),
      ...(['model', 'UNPROCESSABLE', 'weights'] as const),
    ],
    ['no data', () => ({ data: fileUri(inWorld('none')) }), 'data', 'NOT_FOUND', 'dataset.json'],
    ['data that is a model', () => ({ data: fileUri(world.model) }), 'data', 'NOT_FOUND', 'dataset.json'],
    ['an out that is a model', () => ({ out: fileUri(world.model) }), 'out', 'CONFLICT', 'an empty directory'],
    ['an out that is a file', () => ({ out: fileUri(inWorld('red.mp4')) }), 'out', 'CONFLICT', 'a file'],
    ['nothing to resume', () => ({ resume: true }), 'out', 'NOT_FOUND', 'a run to go on with'],
  ])('refuses %s', async (_name, change, field, code, message) => {
    const error = await refusal(() => check(change()));
    expect(error).toMatchObject({ code, details: [{ field }] });
    expect(error.message).toContain(message);
  });

  it('refuses data without a record to train on', async () => {
    const dir = await world.writeData([world.record('val', 0)], inWorld('no train'));
    expect((await refusal(() => check({ data: fileUri(dir) }))).message).toContain('records in the split train');
  });

  it('takes an out with what a killed process leaves before its first word', async () => {
    mkdirSync(inWorld('locked'));
    writeFileSync(join(inWorld('locked'), '.srvau.lock'), '{}');
    await check({ out: fileUri(inWorld('locked')) });
  });
});

describe('a run that has begun', () => {
  it('is gone on with when told, and not by accident', async () => {
    await begin('begun');
    const out = fileUri(inWorld('begun'));
    expect(await refusal(() => check({ out }))).toMatchObject({ code: 'CONFLICT', details: [{ field: 'out' }] });
    await check({ out, resume: true });
    await check({ out, resume: true, config: { steps: 7 } });
    // Sent again with its key, a request gets the job that began this run.
    await check({ out, idempotencyKey: 'once' });
  });

  it('is not gone on with under other settings', async () => {
    await begin('other', resolveSft({ config: { batchSize: 4 } }));
    const error = await refusal(() => check({ out: fileUri(inWorld('other')), resume: true }));
    expect(error).toMatchObject({ code: 'CONFLICT', details: [{ field: 'config.batchSize' }] });
    expect(error.message).toContain('expected 4, that of the run, received 128');
  });
});

describe('disk space', () => {
  const shape = { weightBytes: 4000, bytesPerParameter: 4 };

  it('is that of weights, moments and master weights', () => {
    const { compute } = resolveSft({});
    expect(checkpointBytes(shape, compute)).toBe(1000 * (4 + 8));
    expect(checkpointBytes(shape, { ...compute, dtype: 'bfloat16' })).toBe(1000 * (2 + 4 + 8));
    expect(checkpointBytes({ weightBytes: 2000, bytesPerParameter: 2 }, { ...compute, device: 'cuda' })).toBe(14_000);
  });

  it('is asked of the folder that the run will be in', async () => {
    const { checkpoints } = resolveSft({});
    const out = join(world.dir, 'not', 'yet', 'there');
    await requireSpace(out, 1000, checkpoints, false);
    const error = await refusal(() => requireSpace(out, 1e18, checkpoints, false));
    expect(error).toMatchObject({ code: 'UNPROCESSABLE' });
    expect(error.message).toContain('for 4 checkpoints of');
  });
});
