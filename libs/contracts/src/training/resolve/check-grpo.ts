import type { GrpoConfig } from '../grpo';
import { checkCommon, checkEarlyStop, checkRanks } from './check-common';
import type { Refusals } from './refusals';

/** Rules between the fields of a GRPO run. */
export function checkGrpo(config: GrpoConfig, ranks: number, refuse: Refusals): void {
  const { rollout, minibatches, loss, overlong, guards } = config;
  checkCommon(config, config.steps, refuse);
  checkEarlyStop(config.validation, refuse);
  checkRanks(rollout.promptsPerStep, ranks, 'config.rollout.promptsPerStep', refuse);
  refuse.unless(
    rollout.promptsPerStep % minibatches === 0,
    'config.minibatches',
    `a divisor of the ${rollout.promptsPerStep} prompts of a step, as groups stay whole`,
    minibatches,
  );
  refuse.unless(
    loss.delta === undefined || loss.delta > 1 + loss.clipHigh,
    'config.loss.delta',
    `a number above 1 + clipHigh, ${1 + loss.clipHigh}`,
    loss.delta,
  );
  refuse.unless(!loss.klTimesRatio || loss.klCoef > 0, 'config.loss.klTimesRatio', 'a klCoef above 0 beside it', true);
  refuse.unless(
    overlong.softTokens < rollout.maxNewTokens,
    'config.overlong.softTokens',
    `fewer than maxNewTokens, ${rollout.maxNewTokens}`,
    overlong.softTokens,
  );
  refuse.unless(
    !guards.stopOn.includes('kl-explodes') || loss.klCoef > 0,
    'config.guards.stopOn',
    'a loss.klCoef above 0 beside kl-explodes, without which no divergence is measured',
    guards.stopOn.join(', '),
  );
  checkReward(config, refuse);
}

function checkReward({ reward }: GrpoConfig, refuse: Refusals): void {
  const { components } = reward;
  const plugins = components.map(({ plugin }) => plugin);
  refuse.unless(
    new Set(plugins).size === plugins.length,
    'config.reward.components',
    'each plugin once',
    plugins.join(', '),
  );
  refuse.unless(
    components.some(({ weight }) => weight !== 0),
    'config.reward.components',
    'at least one weight other than 0',
    components.map(({ weight }) => weight).join(', '),
  );
}
