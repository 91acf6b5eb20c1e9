import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configJson, Reference, rejection } from '../test/reference';
import { Model } from '.';

describe('a model', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const requests = [{ prompt: { ids: [1, 2, 3] }, seeds: [1, 2] }];
  const tokens = async (model: Model): Promise<number[][]> => {
    const [samples = []] = await model.generate(requests, { maxNewTokens: 8 });
    return samples.map(({ ids }) => Array.from(ids));
  };

  it('says what it is', async () => {
    await using model = await new Reference('tied-gqa2-small-windows').load();
    const { info } = model;
    expect(info).toMatchObject({ device: 'cpu', dtype: 'float32', mapped: false, tieWordEmbeddings: true });
    expect(info.parameters.total).toBe(info.parameters.text + info.parameters.vision);
    expect(info.bytes).toBe(info.parameters.total * 4);
    expect(info.tokens).toEqual({ imagePad: 150, videoPad: 151, visionStart: 152, visionEnd: 153 });
    expect(JSON.parse(info.configJson)).toMatchObject({ model_type: 'qwen2_5_vl' });
  });

  it('drawn from a seed is the same each time, from text as from a directory', async () => {
    writeFileSync(join(dir, 'config.json'), configJson());
    await using a = await Model.random({ json: configJson() }, { seed: 5 });
    await using b = await Model.random({ dir }, { seed: 5n });
    await using c = await Model.random({ dir }, { seed: 6 });
    expect(await tokens(a)).toEqual(await tokens(b));
    expect(await tokens(a)).not.toEqual(await tokens(c));
  });

  it('is the same after it was saved and loaded, and mapped', async () => {
    await using model = await Model.random({ json: configJson() }, { seed: 5 });
    const place = join(dir, 'checkpoint');
    await model.save(place);
    await using loaded = await Model.load(place);
    await using mapped = await Model.map(place);
    expect(await tokens(loaded)).toEqual(await tokens(model));
    expect(await tokens(mapped)).toEqual(await tokens(model));
    await model.save(place, { dtype: 'bfloat16' });
    await using rounded = await Model.load(place, { dtype: 'bfloat16' });
    expect(rounded.info).toMatchObject({ dtype: 'bfloat16', bytes: model.info.bytes / 2 });
  });

  it('takes the companions of another checkpoint along', async () => {
    const from = join(dir, 'from');
    cpSync(new Reference('text-only').dir, from, { recursive: true });
    writeFileSync(join(from, 'generation_config.json'), '{"temperature":0.5}');
    await using model = await Model.load(from);
    await model.save(join(dir, 'to'), { companionsFrom: from });
    expect(readFileSync(join(dir, 'to', 'generation_config.json'), 'utf8')).toBe('{"temperature":0.5}');
  });

  it('that is not there, is damaged or not supported is refused with its code', async () => {
    const absent = await rejection(Model.load(join(dir, 'absent')));
    expect(absent).toMatchObject({ name: 'NativeError', code: 'CHECKPOINT' });
    expect(absent).toHaveProperty('message', expect.stringContaining('absent'));

    const broken = join(dir, 'broken');
    cpSync(new Reference('text-only').dir, broken, { recursive: true });
    writeFileSync(join(broken, 'model.safetensors'), 'no tensors');
    expect(await rejection(Model.load(broken))).toMatchObject({ code: 'CHECKPOINT' });

    const other = configJson().replace('"qwen2_5_vl"', '"llama"');
    expect(await rejection(Model.random({ json: other }, { seed: 1 }))).toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('larger than any memory is refused', async () => {
    const huge = configJson({
      num_hidden_layers: 4,
      hidden_size: 65536,
      vocab_size: 8_000_000,
      num_attention_heads: 4096,
    });
    const error = await rejection(Model.random({ json: huge }, { seed: 1 }));
    expect(error).toMatchObject({ name: 'NativeError', code: 'OUT_OF_MEMORY' });
  });

  it.each([
    [{ device: 'tpu:0' }, 'INVALID_ARGUMENT', 'Expected cpu or cuda:N for device but received tpu:0 of type string'],
    [{ device: 'cuda:63' }, 'UNSUPPORTED', 'device: expected'],
    [{ dtype: 'int8' }, 'INVALID_ARGUMENT', 'Expected one of float32, bfloat16 for dtype but received int8'],
  ])('is refused for %j', async (options, code, message) => {
    const error = await rejection(Model.load(new Reference('text-only').dir, options as object));
    expect(error).toMatchObject({ code });
    expect(error).toHaveProperty('message', expect.stringContaining(message));
  });
});
