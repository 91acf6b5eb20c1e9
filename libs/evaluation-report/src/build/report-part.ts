import type {
  EvaluationScores,
  PredictionRow,
  ReferenceRow,
  ReportFigures,
  ReportPrompt,
  VauEvalJudgement,
  VauEvalSummary,
} from '@srvau/contracts';
import { PredictionScorer, type ScoreSettings } from '@srvau/metrics';
import { predictionOf } from '../transcripts/transcript-row';
import type { EvaluatedItem } from './evaluated-item';
import { ItemCounts } from './item-counts';

export interface PartSettings {
  prompt: ReportPrompt;
  scoring: ScoreSettings;
  /** Undefined where nothing is judged. */
  summarize: ((judgements: VauEvalJudgement[]) => VauEvalSummary) | undefined;
}

/** Items of one task in one way of asking: all of them, or those of one source. */
export class ReportPart {
  private readonly counts = new ItemCounts();
  private readonly references: ReferenceRow[] = [];
  private readonly predictions: PredictionRow[] = [];
  private readonly judgements: VauEvalJudgement[] = [];

  constructor(private readonly settings: PartSettings) {}

  add(item: EvaluatedItem, wellFormed: boolean | null): void {
    this.counts.add(item, wellFormed);
    if (item.judgement !== undefined && item.judgement !== null) this.judgements.push(item.judgement);
    if (item.reference === null) return;
    this.references.push(item.reference);
    const prediction = predictionOf(item);
    if (prediction !== undefined) this.predictions.push(prediction);
  }

  /** In steps, between which others may have a turn. */
  *figures(): Generator<void, ReportFigures> {
    const { prompt, summarize } = this.settings;
    return {
      counts: this.counts.finish(prompt.grammar !== null),
      scores: this.references.length === 0 ? null : yield* this.scores(),
      vauEval: this.judgements.length === 0 || summarize === undefined ? null : summarize(this.judgements),
    };
  }

  private *scores(): Generator<void, EvaluationScores> {
    const scorer = new PredictionScorer(this.references, this.settings.scoring);
    for (const prediction of this.predictions) {
      scorer.add(prediction);
      yield;
    }
    const scores = scorer.finish();
    yield;
    return scores;
  }
}
