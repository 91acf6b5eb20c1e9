import type { TrainConfig } from '../train';
import type { Refusals } from './refusals';

/** Rules between fields that both kinds of training have. */
export function checkCommon(config: TrainConfig, steps: number | undefined, refuse: Refusals): void {
  const { optimizer, video } = config;
  refuse.unless(
    steps === undefined || optimizer.warmupSteps < steps,
    'config.optimizer.warmupSteps',
    `fewer than the ${steps} steps of the run`,
    optimizer.warmupSteps,
  );
  refuse.unless(
    optimizer.warmupSteps === 0 || optimizer.warmupRatio === 0,
    'config.optimizer.warmupRatio',
    'nothing, or 0, beside warmupSteps',
    optimizer.warmupRatio,
  );
  refuse.unless(
    video.minPixels === undefined || video.maxPixels === undefined || video.minPixels <= video.maxPixels,
    'config.video.minPixels',
    `at most maxPixels, ${video.maxPixels}`,
    video.minPixels,
  );
}

/** A patience without anything to be patient about would never end the run, and nobody would notice. */
export function checkEarlyStop(validation: { every: number; earlyStop?: object }, refuse: Refusals): void {
  const isOff = validation.every === 0 && validation.earlyStop !== undefined;
  refuse.unless(!isOff, 'config.validation.every', 'at least 1, as earlyStop goes by validations', validation.every);
}

export function checkRanks(total: number, ranks: number, field: string, refuse: Refusals): void {
  refuse.unless(total % ranks === 0, field, `a multiple of the ${ranks} ranks`, total);
}
