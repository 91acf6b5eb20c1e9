import { configJson, rejection } from '../test/reference';
import { type Clip, clipFromPatches, Model, Trainer } from '.';

const json = configJson();
const requests = [{ prompt: { ids: [1, 2, 3] }, seeds: [1] }];

describe('disposing', () => {
  it('ends the use of a model, may be repeated, and lets pending calls end', async () => {
    const model = await Model.random({ json }, { seed: 1 });
    const pending = model.generate(requests, { maxNewTokens: 50 });
    const disposed = model.dispose();
    const error = await rejection(model.generate(requests));
    expect(error).toMatchObject({ name: 'TypeError' });
    expect(error).toHaveProperty('message', 'Expected a Model for model but received one that has been disposed');
    await expect(pending).resolves.toHaveLength(1);
    await disposed;
    await model.dispose();
  });

  it('happens at the end of a block with using', async () => {
    let kept: Model;
    {
      using model = await Model.random({ json }, { seed: 1 });
      kept = model;
      await model.generate(requests, { maxNewTokens: 1 });
    }
    expect(await rejection(kept.generate(requests))).toBeInstanceOf(TypeError);
  });

  it('of a model leaves its trainer working, and of a trainer makes room for another', async () => {
    const model = await Model.random({ json }, { seed: 1 });
    const first = await Trainer.create(model);
    const second = await rejection(Trainer.create(model));
    expect(second).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(second).toHaveProperty('message', expect.stringContaining('received one that has a trainer'));
    void first.dispose();
    const third = await Trainer.create(model);
    await model.dispose();
    const samples = [{ prompt: { ids: [1] }, completion: [2], weights: [1] }];
    await expect(third.accumulateSft(samples)).resolves.toMatchObject({ tokens: 1 });
    await third.dispose();
    expect(await rejection(third.step(0.1))).toBeInstanceOf(TypeError);
  });
});

describe('something else in the place of', () => {
  let model: Model;
  let trainer: Trainer;
  let clip: Clip;
  beforeAll(async () => {
    model = await Model.random({ json }, { seed: 1 });
    trainer = await Trainer.create(model);
    clip = await clipFromPatches(new Float32Array(4 * 1176), { kind: 'image', grid: { t: 1, h: 2, w: 2 } });
  });
  afterAll(async () => {
    await trainer.dispose();
    await model.dispose();
  });

  it.each<[string, () => unknown, string]>([
    ['a trainer', () => trainer, 'a Trainer'],
    ['a clip', () => clip, 'a Clip'],
    ['an object', () => ({}), 'an object'],
    ['nothing', () => undefined, 'undefined'],
    ['null', () => null, 'null'],
    ['a look-alike', () => Object.create(Model.prototype) as unknown, 'undefined'],
  ])('a model is a TypeError: %s', async (_, make, received) => {
    const error = await rejection(Trainer.create(make() as Model));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining(`Expected a Model for model but received ${received}`),
    );
  });

  it('a clip is a TypeError that names its place', async () => {
    const prompt = { ids: [1], clips: [clip, model as unknown as Clip] };
    const error = await rejection(model.generate([{ prompt, seeds: [1] }]));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', 'Expected a Clip for requests[0].prompt.clips[1] but received a Model');
  });
});
