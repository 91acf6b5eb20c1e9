export { type JsonSchema, spanIou, spanLengthSec, SrvauError, type TimeSpan } from '@srvau/contracts';
export type {
  ContentFaultCode,
  Fault,
  FaultCode,
  Grammar,
  RoundAnswer,
  Segment,
  SegmentKind,
  SpanSec,
  StructureFaultCode,
  Task,
  Transcript,
} from '@srvau/reasoning';
export { GRAMMARS, hasTwoRounds, TASKS } from '@srvau/reasoning';
export { checkScores, failAll } from './check-scores';
export * from './correctness';
export * from './define';
export * from './failure-policy';
export { deepFreeze } from './freeze';
export { scoreWhereFit } from './needs';
export * from './open-plugin';
export * from './options/decorators';
export { invalidOption, NoOptions } from './options/parse-options';
export * from './plugin';
export * from './rollout';
export * from './score';
export { describeThrown } from './thrown';
export * from './to-rollout';
export { SDK_VERSION } from './version';
