import { join } from 'node:path';
import { silentLog } from '@srvau/contracts';
import { GrpoWorld, numberOf, rewarding } from '../../test/grpo-world';
import { byText } from '../../test/scoring-double';
import { outcomesOf } from '../../test/steps';

let grpo: GrpoWorld;
beforeAll(async () => (grpo = await GrpoWorld.make()));
afterEach(() => grpo.closeAll());
afterAll(() => grpo.tiny.dispose());

const never = new AbortController().signal;

describe('a plugin that fails', () => {
  const failing = rewarding((row) =>
    numberOf(row) === 1 && row.truth.label === 'A' ? 'fail text@1: no idea' : byText(row),
  );

  it('ends the run, which says what it said', async () => {
    await expect(outcomesOf(await grpo.open({}, failing), 0, 1)).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining('failed, the first with: text@1: no idea') as string,
    });
  });

  it('costs its groups, where that is the policy', async () => {
    const reward = { components: [{ plugin: 'text' }], onFailure: 'drop-group' };
    const [outcome] = await outcomesOf(await grpo.open({ reward }, failing), 0, 1);
    const reds = new Set(outcome?.samples?.filter(({ advantage }) => advantage === null).map(({ groupId }) => groupId));
    expect(outcome?.metrics['dropped']).toBe(reds.size / 4);
    expect(outcome?.metrics['reward/text/failed']).toBe(reds.size / 16);
    expect(reds.size).toBeGreaterThan(0);
  });

  it('counts as abstaining, where that is the policy', async () => {
    const reward = { components: [{ plugin: 'text' }], onFailure: 'abstain' };
    const [outcome] = await outcomesOf(await grpo.open({ reward }, failing), 0, 1);
    expect(outcome?.metrics['dropped']).toBe(0);
    const failed = outcome?.samples?.filter(({ reward: total }) => total === null) ?? [];
    expect(failed.map(({ advantage }) => advantage)).toEqual(failed.map(() => 0));
    expect(outcome?.metrics['reward/text/failed']).toBe(failed.length / 16);
  });

  it('leaves the parameters as they are where no group is left', async () => {
    const reward = { components: [{ plugin: 'text' }], onFailure: 'drop-group' };
    const [outcome] = await outcomesOf(
      await grpo.open(
        { reward },
        rewarding(() => 'fail text@1: never'),
      ),
      0,
      1,
    );
    expect(outcome?.metrics).toMatchObject({ dropped: 1, 'reward/text/failed': 1, skippedUpdates: 0 });
    expect(outcome?.metrics).not.toHaveProperty('gradNorm');
  });
});

describe('a prompt that is too long for the model', () => {
  const long = { question: `Which colour? ${'?'.repeat(8192)}` };

  it('takes no part in its step: it is counted, and named once', async () => {
    const records = [0, 1, 2, 3].map((n) => grpo.tiny.record('train', n, n === 2 ? long : {}));
    const data = await grpo.tiny.writeData([...records, grpo.tiny.record('val', 0, long)], join(grpo.tiny.dir, 'long'));
    const warned: object[] = [];
    const log = { ...silentLog, warn: (fields: object) => void warned.push(fields) };
    const objective = await grpo.open({ validation: { every: 1 } }, { data, context: { log } });
    const outcomes = await outcomesOf(objective, 0, 2);
    for (const { metrics } of outcomes) {
      expect(metrics).toMatchObject({ leftOut: 1, dropped: 0, zeroVariance: 0, skippedUpdates: 0 });
      expect(metrics['gradNorm']).toBeGreaterThan(0);
    }
    const groups = new Set(outcomes[0]?.samples?.map(({ groupId }) => groupId));
    expect([...groups].sort()).toEqual(['train-0000:qa:0', 'train-0001:qa:0', 'train-0003:qa:0']);
    expect(await objective.validate(1, never)).toMatchObject({ score: { value: NaN } });
    expect(warned).toEqual([{ record: 'train-0002:qa:0' }, { record: 'val-0000:qa:0' }]);
  });

  it('leaves the parameters as they are, and tells the guards nothing, where there is no other', async () => {
    const data = await grpo.tiny.writeData([grpo.tiny.record('train', 0, long)], join(grpo.tiny.dir, 'only-long'));
    const rollout = { groupSize: 4, promptsPerStep: 1, maxNewTokens: 12 };
    const objective = await grpo.open({ rollout, guards: { window: 1, stopOn: ['format-rate-zero'] } }, { data });
    const [outcome] = await outcomesOf(objective, 0, 1);
    expect(outcome?.metrics).toMatchObject({ leftOut: 1, dropped: 0, zeroVariance: 0, tokens: 0 });
    expect(outcome?.warnings).toEqual([]);
    for (const value of Object.values(outcome?.metrics ?? {})) expect(Number.isFinite(value)).toBe(true);
  });
});
