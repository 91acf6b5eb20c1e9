import { MAX_ROLLOUT_ID_CHARS } from './rollout';

export const ROLLOUT_NAME = `a string of 1 to ${MAX_ROLLOUT_ID_CHARS} characters`;

export const isRolloutName = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_ROLLOUT_ID_CHARS;
