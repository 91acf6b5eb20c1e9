import type {
  PredictionRow,
  ReferenceRow,
  ReportFigures,
  ReportPrompt,
  VauEvalJudgement,
  VauEvalSummary,
} from '@srvau/contracts';
import { scorePredictions, type ScoreSettings } from '@srvau/metrics';
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

  figures(): ReportFigures {
    const { prompt, scoring, summarize } = this.settings;
    return {
      counts: this.counts.finish(prompt.grammar !== null),
      scores: this.references.length === 0 ? null : scorePredictions(this.references, this.predictions, scoring),
      vauEval: this.judgements.length === 0 || summarize === undefined ? null : summarize(this.judgements),
    };
  }
}
