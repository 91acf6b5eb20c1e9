import { SrvauError } from '@srvau/contracts';
import { defineRewardPlugin } from './define';
import { openRewardPlugin } from './open-plugin';
import { invalidOption, NoOptions } from './options/parse-options';
import type { RewardHost, RewardPlugin, RewardPluginDefinition, RewardScorer } from './plugin';
import type { Rollout } from './rollout';
import { type Score, scored } from './score';
import { rollout } from './testing/rollout';

const batch = [rollout({ id: 'a', truth: { label: 'B' } }), rollout({ id: 'b' })];
const context = { signal: new AbortController().signal };

const plugin = (
  create: RewardPluginDefinition<NoOptions>['create'],
  more: Partial<RewardPluginDefinition<NoOptions>> = {},
): RewardPlugin =>
  defineRewardPlugin({
    id: 'spec',
    scoreVersion: 3,
    summary: 'For specs',
    scope: 'sample',
    range: { min: 0, max: 1 },
    options: NoOptions,
    create,
    ...more,
  });

const scoring = (score: (batch: readonly Rollout[]) => unknown): RewardPlugin =>
  plugin(() => ({ score: (given) => score(given) as readonly Score[] }));

describe('openRewardPlugin', () => {
  it('scores, synchronously or not', async () => {
    for (const score of [
      (given: readonly Rollout[]) => given.map(() => scored(1)),
      async (given: readonly Rollout[]) => given.map(() => scored(1)),
    ]) {
      const open = await openRewardPlugin(scoring(score));
      expect(await open.score(batch, context)).toEqual([scored(1), scored(1)]);
      expect(open).toMatchObject({ label: 'spec@3', range: { min: 0, max: 1 } });
    }
  });

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('no such thing');
      },
      'threw TypeError: no such thing',
    ],
    ['rejects', () => Promise.reject(new Error('later')), 'threw Error: later'],
    [
      'throws a text',
      () => {
        throw 'text';
      },
      'threw "text" (string)',
    ],
    ['rejects with nothing', () => Promise.reject(undefined), 'threw nothing'],
    [
      'throws what cannot be shown',
      () => {
        throw new Proxy(
          {},
          {
            has: () => true,
            get: () => {
              throw new Error('x');
            },
          },
        );
      },
      'threw something that cannot be shown',
    ],
    [
      'mutates',
      (given: readonly Rollout[]) => {
        (given as Rollout[]).pop();
      },
      "threw TypeError: Cannot delete property '1' of [object Array]",
    ],
    ['answers too few', () => [scored(1)], 'expected 2 scores, received 1'],
  ])('fails every row of a batch where the plugin %s', async (_, score, error) => {
    const open = await openRewardPlugin(scoring(score));
    expect(await open.score(Object.freeze(batch.slice()), context)).toEqual(
      batch.map(() => ({ kind: 'failed', error: `spec@3: ${error}` })),
    );
  });

  it('abstains from rollouts that lack what is needed, and asks about the others', async () => {
    const asked: string[][] = [];
    const create = (): RewardScorer => ({
      score: (given) => {
        asked.push(given.map(({ id }) => id));
        return given.map(() => scored(1));
      },
    });
    const open = await openRewardPlugin(plugin(create, { needs: ['label'] }));
    expect(await open.score(batch, context)).toEqual([scored(1), { kind: 'abstained', because: 'no label' }]);
    expect(asked).toEqual([['a']]);
    const needs = ['normal', 'span', 'durationSec', 'tokens'] as const;
    for (const need of needs) {
      const needy = await openRewardPlugin(plugin(create, { needs: [need] }));
      expect(await needy.score(batch.slice(1), context)).toEqual([{ kind: 'abstained', because: `no ${need}` }]);
      const full = rollout({ tokens: 0, durationSec: 1, truth: { normal: false, spanSec: [1, 2] } });
      expect(await needy.score([full], context)).toEqual([scored(1)]);
    }
  });

  it('hands options and host to create', async () => {
    const lines: unknown[] = [];
    const host: RewardHost = { log: (...line) => lines.push(line) };
    await openRewardPlugin(
      plugin((options, { log }) => {
        log('info', 'ready', { frozen: Object.isFrozen(options) });
        return { score: () => [] };
      }),
      { host },
    );
    expect(lines).toEqual([['info', 'ready', { frozen: true }]]);
  });

  it.each([
    [
      'wrong options',
      plugin(() => ({ score: () => [] })),
      { x: 1 },
      'INVALID_REQUEST',
      /options of spec@3: x: expected no such field/,
    ],
    [
      'options that do not go together',
      plugin(() => {
        throw invalidOption('max', 'more than min (2)', 1);
      }),
      {},
      'INVALID_REQUEST',
      /^max: expected more than min \(2\), received 1/,
    ],
    [
      'create that throws',
      plugin(() => {
        throw new Error('no weights');
      }),
      {},
      'UNPROCESSABLE',
      /^spec@3: create threw Error: no weights/,
    ],
    [
      'create that rejects',
      plugin(() => Promise.reject(new Error('no weights'))),
      {},
      'UNPROCESSABLE',
      /^spec@3: create threw Error: no weights/,
    ],
    [
      'create that gives no scorer',
      plugin(() => ({}) as RewardScorer),
      {},
      'UNPROCESSABLE',
      /^create of spec@3: expected an object with score\(\), received an object with no keys/,
    ],
    [
      'a wrong range',
      plugin(() => ({ score: () => [] }), { range: () => ({ min: NaN, max: 1 }) }),
      {},
      'UNPROCESSABLE',
      /^range of spec@3/,
    ],
  ])('refuses %s', async (_, given, options, code, message) => {
    const refused = openRewardPlugin(given, { options });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(SrvauError);
    await expect(refused).rejects.toMatchObject({ code });
  });

  it('disposes where there is something to dispose of', async () => {
    let disposed = 0;
    const open = await openRewardPlugin(plugin(() => ({ score: () => [], dispose: () => void disposed++ })));
    await open.dispose();
    expect(disposed).toBe(1);
    await (await openRewardPlugin(scoring(() => []))).dispose();
  });
});
