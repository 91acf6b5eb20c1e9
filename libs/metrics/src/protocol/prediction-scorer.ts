import {
  DEFAULT_RESAMPLES,
  type EvaluationProtocol,
  EVALUATION_PROTOCOL_VERSION,
  type EvaluationScores,
  type NamedIds,
  type PredictionRow,
  type ReferenceRow,
  type TranscriptGrammar,
  type TransitionCounts,
} from '@srvau/contracts';
import { addId, IdsByReason, noIds } from '../measures/names';
import { percent } from '../measures/grounding';
import { addTransition, noTransitions } from '../measures/transitions';
import { GROUNDING_RULES, type GroundingRules } from './protocols';
import { type ReadAnswer, readAnswers } from './read-answers';
import { NO_PART, ReferenceSet } from './reference-set';
import { isRight, scoreOf } from './score-row';
import { ScoreTable } from './score-table';
import { spanFaultOf } from './span-faults';

export interface ScoreSettings {
  /** `strict` without it. */
  protocol?: EvaluationProtocol | undefined;
  /** What the model was to write; without it the last answer is the final one. */
  grammar?: TranscriptGrammar | undefined;
  /** Of the bootstrap; 0 leaves the intervals out, 1,000 without it. */
  resamples?: number | undefined;
  /** Of the bootstrap; 0 without it. */
  seed?: number | undefined;
}

/**
 * Scores predictions against references, one at a time and in any order: only the references are held. What is wrong with a
 * prediction is counted and named, and never an error.
 */
export class PredictionScorer {
  private readonly references: ReferenceSet;
  private readonly table: ScoreTable;
  private readonly rules: GroundingRules;
  private readonly faults = new IdsByReason();
  private readonly unknown: NamedIds = noIds();
  private readonly duplicate: NamedIds = noIds();
  private readonly transitions: Record<'qa' | 'tag', TransitionCounts> = { qa: noTransitions(), tag: noTransitions() };
  private readonly seen: Uint8Array;
  private predictions = 0;

  /** @throws SrvauError UNPROCESSABLE for references that cannot be used; see ReferenceSet */
  constructor(
    references: readonly ReferenceRow[],
    private readonly settings: ScoreSettings = {},
  ) {
    this.rules = GROUNDING_RULES[settings.protocol ?? 'strict'];
    this.references = new ReferenceSet(references, this.rules);
    this.table = new ScoreTable(this.references, this.rules.dropsMissing);
    this.seen = new Uint8Array(references.length);
  }

  add(prediction: PredictionRow): void {
    this.predictions += 1;
    const index = this.references.indexOf(prediction.id);
    if (index === undefined) return addId(this.unknown, prediction.id);
    if (this.seen[index] === 1) return addId(this.duplicate, prediction.id);
    this.seen[index] = 1;
    if (this.references.parts[index] === NO_PART) return;
    const reference = this.references.rows[index] as ReferenceRow;
    const { final, first } = readAnswers(prediction, reference.task, this.settings.grammar);
    this.noteFaults(reference, prediction, final);
    const readable = final !== undefined && this.isReadable(reference, final);
    this.table.set(index, readable, final === undefined ? 0 : scoreOf(reference, final, this.rules));
    if (first !== undefined && final !== undefined) {
      addTransition(this.transitions[reference.task], isRight(reference, first), isRight(reference, final));
    }
  }

  finish(): EvaluationScores {
    const { rows, skipped, skippedCount } = this.references;
    const { resamples = DEFAULT_RESAMPLES, seed = 0, protocol = 'strict' } = this.settings;
    const missing = noIds();
    this.seen.forEach((isSeen, index) => {
      if (isSeen === 0) addId(missing, (rows[index] as ReferenceRow).id);
    });
    const figures = this.table.figures();
    return {
      protocol: { name: protocol, version: EVALUATION_PROTOCOL_VERSION },
      qa: { ...figures.qa, skipped: skippedCount.qa },
      tag: { ...figures.tag, skipped: skippedCount.tag },
      transitions: this.transitions,
      intervals: resamples === 0 ? null : this.table.intervals({ resamples, seed, level: 95 }),
      classes: this.table.byClass(),
      coverage: {
        references: rows.length,
        predictions: this.predictions,
        percent: percent(rows.length - missing.count, rows.length) ?? 0,
        ...{ missing, unknown: this.unknown, duplicate: this.duplicate },
      },
      skipped: skipped.toRecord(),
      faults: this.faults.toRecord(),
    };
  }

  private isReadable({ task }: ReferenceRow, final: ReadAnswer): boolean {
    return task === 'qa' ? final.option !== undefined : this.rules.isReadable(final);
  }

  private noteFaults(reference: ReferenceRow, { id, fault }: PredictionRow, final: ReadAnswer | undefined): void {
    const { task } = reference;
    const note = (reason: string): void => this.faults.add(`${task}:${reason}`, id);
    if (fault !== undefined) note(fault);
    if (final === undefined) return note('no-answer');
    if (task === 'qa') {
      if (final.option === undefined) note('no-single-option');
      return;
    }
    if (final.verdict === undefined) note('no-verdict');
    else if (final.verdict === 'anomaly' && final.span === undefined) note('no-span');
    const spanFault = spanFaultOf(final, reference.durationSec);
    if (spanFault !== undefined) note(spanFault);
  }
}

/** All at once, for rows that are in memory. */
export function scorePredictions(
  references: readonly ReferenceRow[],
  predictions: Iterable<PredictionRow>,
  settings: ScoreSettings = {},
): EvaluationScores {
  const scorer = new PredictionScorer(references, settings);
  for (const prediction of predictions) scorer.add(prediction);
  return scorer.finish();
}
