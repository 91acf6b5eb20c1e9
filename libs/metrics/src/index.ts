export { figuresOf, GroundingCount, meanIou, percent, reaches } from './measures/grounding';
export { addTransition, noTransitions } from './measures/transitions';
export { PredictionScorer, scorePredictions, type ScoreSettings } from './protocol/prediction-scorer';
export { type ReadAnswer, type ReadAnswers, readAnswers } from './protocol/read-answers';
export {
  bootstrapDifference,
  bootstrapMean,
  type BootstrapOptions,
  type Interval,
  percentile,
} from './statistics/bootstrap';
export { type McNemar, mcNemar, mcNemarOfCounts } from './statistics/mcnemar';
