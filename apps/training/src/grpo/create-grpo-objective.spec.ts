import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GrpoRunOptions } from '../../test/grpo-run';
import { GrpoWorld } from '../../test/grpo-world';
import { byText, ScoringDouble } from '../../test/scoring-double';

let grpo: GrpoWorld;
beforeAll(async () => (grpo = await GrpoWorld.make()));
afterEach(() => grpo.closeAll());
afterAll(() => grpo.tiny.dispose());

describe('what cannot work is refused before it begins', () => {
  it.each<[string, GrpoRunOptions['config'], string]>([
    [
      'a plugin that is not loaded',
      { reward: { components: [{ plugin: 'missing' }] } },
      'no reward plugin missing is loaded',
    ],
    ['more prompts than there are', { rollout: { promptsPerStep: 13 } }, 'config.rollout.promptsPerStep'],
  ])('%s', async (_, config, message) => {
    await expect(grpo.open(config)).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining(message) as string,
    });
  });

  it('an early stop without a validation split to go by', async () => {
    const data = await grpo.tiny.writeData(
      [0, 1, 2, 3].map((n) => grpo.tiny.record('train', n)),
      join(grpo.tiny.dir, 'no-val'),
    );
    const validation = { every: 1, earlyStop: { patience: 1 } };
    await expect(grpo.open({ validation }, { data })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: `config.validation.earlyStop: expected records in the split val of ${data}, as it goes by validations, received none`,
    });
  });

  it('another scoreVersion than the run began with', async () => {
    const first = await grpo.open();
    const { model, trainer } = first;
    const dir = join(grpo.tiny.dir, 'version');
    await model.save(dir, { companionsFrom: grpo.tiny.model });
    await trainer.saveState(join(grpo.tiny.dir, 'version.safetensors'));
    const state = { step: 0, best: null, sinceBest: 0, warnings: 0, stopped: null, objective: first.state() };
    const resume = { state, dir, optimizer: join(grpo.tiny.dir, 'version.safetensors') };
    const services = new ScoringDouble({ text: { score: byText, scoreVersion: 2 } });
    await expect(grpo.open({}, { services, resume })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: 'scoreVersion of the reward plugin text: expected 1, which this run began with, received 2',
    });
    rmSync(dir, { recursive: true });
  });
});
