import { defineRewardPlugin } from '../define';
import { IsNumber, IsOptional } from '../options/decorators';
import type { RewardPlugin, RewardPluginDefinition } from '../plugin';
import type { Rollout } from '../rollout';
import { abstain, type Score, scored } from '../score';
import { checkRewardPlugin, type ConformanceReport } from './check-reward-plugin';

class LengthOptions {
  @IsOptional()
  @IsNumber()
  perCharacter = 0.001;
}

const lengthScore = ({ completion }: Rollout, options: Readonly<LengthOptions>): Score =>
  completion === '' ? abstain('nothing written') : scored(Math.min(1, completion.length * options.perCharacter));

const sound: RewardPluginDefinition<LengthOptions> = {
  id: 'length',
  scoreVersion: 1,
  summary: 'Longer is better',
  scope: 'sample',
  range: { min: 0, max: 1 },
  options: LengthOptions,
  create: (options) => ({ score: (batch) => batch.map((rollout) => lengthScore(rollout, options)) }),
};

const row = (id: string, completion: string): object => ({ id, groupId: 'g', task: 'qa', completion, truth: {} });
const golden = {
  scoreVersion: 1,
  cases: [
    {
      name: 'short and empty',
      rollouts: [row('a', 'x'.repeat(10)), row('b', '')],
      scores: [{ kind: 'scored', value: 0.01 }, { kind: 'abstained' }],
    },
    {
      name: 'another price',
      options: { perCharacter: 0.01 },
      rollouts: [row('a', 'x'.repeat(10))],
      scores: [{ kind: 'scored', value: 0.1 }],
    },
  ],
};

type Scorer = (batch: readonly Rollout[], options: Readonly<LengthOptions>) => unknown;

/** The sound plugin with another score function, which may answer anything. */
const scoring = (score: Scorer): RewardPlugin<LengthOptions> =>
  defineRewardPlugin<LengthOptions>({
    ...sound,
    create: (options) => ({ score: (batch) => score(batch, options) as readonly Score[] }),
  });

const soundScores: Scorer = (batch, options) => batch.map((rollout) => lengthScore(rollout, options));

const failedChecks = ({ checks }: ConformanceReport): string[] =>
  checks.filter(({ passed }) => !passed).map(({ name }) => name);

const check = (plugin: unknown, more: { golden?: object; deadlineMs?: number } = {}): Promise<ConformanceReport> =>
  checkRewardPlugin(plugin, { golden, deadlineMs: 2_000, ...more });

describe('checkRewardPlugin', () => {
  it('passes a sound plugin in every check', async () => {
    const report = await check(defineRewardPlugin(sound));
    expect(failedChecks(report)).toEqual([]);
    expect(report).toMatchObject({ plugin: 'length@1', passed: true });
    expect(report.checks.map(({ name }) => name)).toEqual([
      'golden: short and empty',
      'golden: another price',
      'golden values belong to its scoreVersion',
      'refuses an unknown option',
      'answers an empty batch',
      'answers every rollout, in range',
      'withstands hostile completions',
      'scores the same rollouts the same',
      'scores the same however the batch is split',
      'scores follow their rollouts',
      'scores batches side by side',
      'leaves its input as it is',
      'scores are plain data',
      'ends when it is aborted',
      'may be disposed of twice',
      'instances share nothing',
    ]);
  });

  it('passes a plugin that needs what some rollouts lack, and one of group scope', async () => {
    const needy = defineRewardPlugin({
      ...sound,
      needs: ['label', 'tokens'],
      create: () => ({ score: (batch) => batch.map(({ truth }) => scored(truth.label === undefined ? NaN : 0)) }),
    });
    const unlabelled = {
      scoreVersion: 1,
      cases: [{ name: 'no label', rollouts: [row('a', 'x')], scores: [{ kind: 'abstained' }] }],
    };
    expect(failedChecks(await check(needy, { golden: unlabelled }))).toEqual([]);
    expect(failedChecks(await check(needy, { golden }))).toEqual(['golden: short and empty', 'golden: another price']);

    const ofGroup: Scorer = (batch) => {
      const sizes = new Map<string, number>();
      for (const { groupId } of batch) sizes.set(groupId, (sizes.get(groupId) ?? 0) + 1);
      return batch.map(({ groupId }) => scored(1 / (sizes.get(groupId) ?? 1)));
    };
    const halves = {
      scoreVersion: 1,
      cases: [{ ...golden.cases[0], scores: [0.5, 0.5].map((value) => scored(value)) }],
    };
    const create = (): { score: (batch: readonly Rollout[]) => readonly Score[] } => ({
      score: (batch) => ofGroup(batch, new LengthOptions()) as readonly Score[],
    });
    const group = defineRewardPlugin({ ...sound, scope: 'group', create });
    expect(failedChecks(await check(group, { golden: halves }))).toEqual([]);
    const sample = defineRewardPlugin({ ...sound, create });
    expect(failedChecks(await check(sample, { golden: halves }))).toEqual([
      'scores the same however the batch is split',
    ]);
  });

  let calls = 0;
  let latest = new LengthOptions();
  const broken: [check: string, plugin: () => unknown, expected?: RegExp, received?: RegExp][] = [
    [
      'golden: short and empty',
      () => scoring((batch) => batch.map(() => scored(0.1))),
      /^\{"kind":"scored","value":0.01\}$/,
      /0\.1/,
    ],
    [
      'golden values belong to its scoreVersion',
      () => defineRewardPlugin({ ...sound, scoreVersion: 2 }),
      /of scoreVersion 2/,
      /scoreVersion 1/,
    ],
    [
      'refuses an unknown option',
      () => ({ ...defineRewardPlugin(sound), parseOptions: (plain: object) => ({ ...new LengthOptions(), ...plain }) }),
      /a refusal of the unknown option/,
      /no refusal/,
    ],
    [
      'answers an empty batch',
      () =>
        scoring((batch, options) => {
          const [first] = batch as readonly [Rollout];
          return first.id === '' ? [] : soundScores(batch, options);
        }),
      /no error/,
      /TypeError/,
    ],
    [
      'answers an empty batch',
      () => scoring((batch, options) => (batch.length === 0 ? undefined : soundScores(batch, options))),
      /an empty list/,
      /nothing/,
    ],
    [
      'answers every rollout, in range',
      () =>
        scoring((batch) =>
          batch.map(({ completion }) => (completion === '' ? abstain('x') : scored(completion.length))),
        ),
      /a score in range/,
      /length@1: row 0 .*expected a value in \[0, 1\], received 10/,
    ],
    [
      'withstands hostile completions',
      () =>
        scoring((batch, options) =>
          batch.map((rollout) => {
            // Throws for lone surrogates.
            encodeURIComponent(rollout.completion);
            return lengthScore(rollout, options);
          }),
        ),
      /a score in range/,
      /URIError/,
    ],
    ['scores the same rollouts the same', () => scoring((batch) => batch.map(() => scored((calls++ % 1000) / 1000)))],
    [
      'scores the same however the batch is split',
      () => scoring((batch) => batch.map(() => scored(1 / Math.max(1, batch.length)))),
    ],
    ['scores follow their rollouts', () => scoring((batch) => batch.map((_, i) => scored(1 / (i + 1))))],
    [
      'scores batches side by side',
      () => {
        let current: readonly Rollout[] = [];
        return scoring(async (batch, options) => {
          current = batch;
          await Promise.resolve();
          return soundScores(current, options);
        });
      },
    ],
    [
      'leaves its input as it is',
      () =>
        scoring((batch, options) => {
          const scores = soundScores(batch, options);
          for (const rollout of batch) Reflect.set(rollout.truth, 'label', 'A');
          return scores;
        }),
      /truth as it was/,
    ],
    [
      'scores are plain data',
      () => {
        class LazyScore {
          readonly kind = 'scored';
          constructor(private readonly read: () => number) {}
          get value(): number {
            return this.read();
          }
        }
        return scoring((batch) => batch.map(() => new LazyScore(() => 0.5)));
      },
      /"value":0.5/,
      /failed/,
    ],
    [
      'scores are plain data',
      () =>
        scoring((batch) =>
          batch.map(() => {
            const score: Record<string, unknown> = { kind: 'scored', value: 0.5 };
            return Object.assign(score, { self: score });
          }),
        ),
      /JSON can carry/,
      /circular/,
    ],
    [
      'ends when it is aborted',
      () =>
        defineRewardPlugin<LengthOptions>({
          ...sound,
          create: (options) => ({
            score: (batch, { signal }) =>
              signal.aborted ? new Promise(() => undefined) : (soundScores(batch, options) as readonly Score[]),
          }),
        }),
      /scores within/,
      /nothing/,
    ],
    [
      'may be disposed of twice',
      () =>
        defineRewardPlugin<LengthOptions>({
          ...sound,
          create: (options) => {
            let open = true;
            return {
              score: (batch) => soundScores(batch, options) as readonly Score[],
              dispose: () => {
                if (!open) throw new Error('closed already');
                open = false;
              },
            };
          },
        }),
      /no error from the second/,
      /closed already/,
    ],
    [
      'instances share nothing',
      () =>
        defineRewardPlugin<LengthOptions>({
          ...sound,
          create: (options) => {
            latest = options;
            return { score: (batch) => soundScores(batch, latest) as readonly Score[] };
          },
        }),
    ],
  ];

  it.each(broken)('finds out: %s', async (name: string, make: () => unknown, expected = /./, received = /./) => {
    const report = await check(make(), { deadlineMs: 250 });
    expect(report.passed).toBe(false);
    const result = report.checks.find((each) => each.name === name);
    expect(result).toMatchObject({ passed: false });
    expect(result?.expected).toMatch(expected);
    expect(result?.received).toMatch(received);
  });

  it('fails checks, not itself, where the plugin does not open', async () => {
    const plugin = defineRewardPlugin<LengthOptions>({
      ...sound,
      create: () => {
        throw new Error('no model at hand');
      },
    });
    const report = await check(plugin);
    expect(report.checks.find(({ name }) => name === 'answers every rollout, in range')).toMatchObject({
      passed: false,
      expected: 'no error',
      received: expect.stringContaining('length@1: create threw Error: no model at hand') as string,
    });
  });

  it('refuses what is no plugin', async () => {
    await expect(check({ default: 1 })).rejects.toThrow(
      /plugin: expected what defineRewardPlugin returns.* received an object with keys default/,
    );
  });
});
