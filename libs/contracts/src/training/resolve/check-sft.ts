import type { SftConfig } from '../sft';
import { checkCommon, checkEarlyStop, checkRanks } from './check-common';
import type { Refusals } from './refusals';

/** Rules between the fields of a supervised run. */
export function checkSft(config: SftConfig, ranks: number, refuse: Refusals): void {
  checkCommon(config, config.steps, refuse);
  checkEarlyStop(config.validation, refuse);
  checkRanks(config.batchSize, ranks, 'config.batchSize', refuse);
  const { initial, reflection, revision } = config.weights;
  const isAnyAbove = initial + reflection + revision > 0;
  refuse.unless(
    isAnyAbove,
    'config.weights',
    'at least one weight above 0',
    [initial, reflection, revision].join(', '),
  );
}
