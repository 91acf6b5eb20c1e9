export { figuresOf, GroundingCount, meanIou, percent, reaches } from './measures/grounding';
export { addId, IdsByReason, noIds } from './measures/names';
export { addTransition, noTransitions } from './measures/transitions';
export { PredictionScorer, scorePredictions, type ScoreSettings } from './protocol/prediction-scorer';
export { type ReadAnswer, type ReadAnswers, readAnswers } from './protocol/read-answers';
export { intervalAlpha, type PairAgreement, pairAgreement, type Ratings } from './statistics/agreement';
export { spanFaultOf } from './protocol/span-faults';
export { type RowScore, scoreRow } from './protocol/score-row';
export {
  bootstrapDifference,
  bootstrapMean,
  type BootstrapOptions,
  type Interval,
  percentile,
} from './statistics/bootstrap';
export { Mean } from './statistics/mean';
export { type McNemar, mcNemar, mcNemarOfCounts } from './statistics/mcnemar';
