export { type AnswerParts, renderTranscript, type RoundParts, type TranscriptParts } from '@srvau/reasoning';
export {
  type CheckProgress,
  checkRewardPlugin,
  type CheckResult,
  type ConformanceOptions,
  type ConformanceReport,
} from './check-reward-plugin';
export * from './describe-reward-plugin';
export { type Golden, type GoldenCase, type GoldenScore, readGolden } from './golden';
export { Mismatch } from './mismatch';
export { rollout, type RolloutFields } from './rollout';
