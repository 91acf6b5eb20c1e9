import { nativeCall } from '@srvau/models';
import type { Model, MropeVariant, ProcessGroup } from '@srvau/native';
import type { ValidationOutcome } from '../loop/objective';
import { sumOverRanks } from '../rank/sum-over-ranks';
import { type Lesson, PassReader, type PassReaderOptions } from './pass-reader';
import { TRANSCRIPT_PARTS, type TranscriptPart, weightsOf } from './target';

export interface ValidateOptions extends PassReaderOptions {
  readonly weights: Readonly<Record<TranscriptPart, number>>;
  readonly mrope: MropeVariant;
  readonly group: ProcessGroup | undefined;
  readonly signal: AbortSignal;
  readonly tellTooLong: (ids: readonly string[]) => void;
}

const PARTS = TRANSCRIPT_PARTS.length;

/**
 * The loss on lessons that are not learned, without gradients: `val/loss` with the weights of training, by which checkpoints
 * are compared, and for each part of the transcript its own mean over tokens, `val/loss/initial` …, whatever it weighs.
 *
 * @param lessons of this rank
 * @returns undefined where no rank has any
 */
export async function validate(
  model: Model,
  lessons: readonly Lesson[],
  options: ValidateOptions,
): Promise<ValidationOutcome | undefined> {
  const { weights, mrope, group, signal, maxTokens } = options;
  // Weighted loss, weights, tokens that weigh something; then loss and tokens of each part.
  const sums = new Float64Array(3 + 2 * PARTS);
  await using reader = new PassReader(options);
  for await (const pass of reader.passes(lessons, undefined, signal)) {
    try {
      options.tellTooLong(pass.tooLong);
      if (pass.lessons.length === 0) continue;
      const scores = await nativeCall(
        model.logprobs(
          pass.lessons.map(({ prompt, target }) => ({ prompt, completions: [target.ids] })),
          { mrope, maxTokensPerBatch: maxTokens },
          { signal },
        ),
      );
      for (const [i, lesson] of pass.lessons.entries()) {
        add(sums, lesson, scores[i]?.completions[0]?.logprobs, weightsOf(lesson.target, weights));
      }
    } finally {
      pass.release();
    }
  }
  const [lossSum = 0, weightSum = 0, tokens = 0, ...parts] = await sumOverRanks({ group, signal })(sums);
  if (weightSum === 0) return undefined;
  const value = lossSum / weightSum;
  const byPart = TRANSCRIPT_PARTS.map((part, i) => [`val/loss/${part}`, (parts[i] ?? 0) / (parts[PARTS + i] ?? 0)]);
  return {
    metrics: { 'val/loss': value, 'val/tokens': tokens, ...Object.fromEntries(byPart) },
    score: { metric: 'val/loss', value, better: 'lower' },
  };
}

function add(sums: Float64Array, { target }: Lesson, logprobs: Float32Array | undefined, weights: Float32Array): void {
  const into = (at: number, value: number): void => {
    sums[at] = (sums[at] ?? 0) + value;
  };
  for (const [i, part] of target.parts.entries()) {
    const loss = -(logprobs?.[i] ?? NaN);
    const weight = weights[i] ?? 0;
    into(0, weight * loss);
    into(1, weight);
    into(2, weight > 0 ? 1 : 0);
    into(3 + part, loss);
    into(3 + PARTS + part, 1);
  }
}
