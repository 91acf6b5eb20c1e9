import { abstain, defineRewardPlugin, IsInt, Max, Min, scored } from '@srvau/reward-sdk';

class BrevityOptions {
  /** Completions of this length or more score 0. */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  maxLength = 512;
}

/** 1 − length / maxLength, in [0, 1]; abstains where nothing was answered. */
export default defineRewardPlugin({
  id: 'brevity',
  scoreVersion: 1,
  summary: 'Rewards short completions',
  scope: 'sample',
  range: { min: 0, max: 1 },
  options: BrevityOptions,
  create: ({ maxLength }) => ({
    score: (batch) =>
      batch.map(({ lengths, transcript }) =>
        transcript.finalAnswer === undefined
          ? abstain('no final answer')
          : scored(Math.max(0, 1 - lengths.total / maxLength), { length: lengths.total }),
      ),
  }),
});
