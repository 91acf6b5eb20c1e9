import { resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { PredictionScorer } from '@srvau/metrics';
import { standardInput } from '../arguments/standard-input';
import { predictionLines, referenceLines, type RowSource } from '../evaluate/rows';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import type { EvaluateScoreOptions } from '../options';
import { evaluationText } from '../render/evaluation';

/** `srvau evaluate score`: scores predictions against references in this process; needs no service. */
export async function evaluateScore(options: EvaluateScoreOptions, { terminal, interrupts, cwd }: Io): Promise<number> {
  const { predictions, references, protocol, grammar, resamples, seed } = options;
  if (predictions === '-' && references === '-')
    throw usageError('expected --predictions or --references from standard input, received both');
  const { signal } = interrupts;
  const source = (typed: string): RowSource => {
    if (typed === '-') return { name: 'standard input', bytes: standardInput(signal) };
    const path = resolve(cwd, typed);
    return { name: path, bytes: path };
  };
  const from = source(references);
  const truths = await referenceLines(from, signal);
  // More likely the wrong file than what somebody wants scored.
  if (truths.length === 0) throw SrvauError.mismatch('UNPROCESSABLE', from.name, 'references, one a line', 'none');
  const scorer = new PredictionScorer(truths, { protocol, grammar, resamples, seed });
  for await (const prediction of predictionLines(source(predictions), signal)) scorer.add(prediction);
  const scores = scorer.finish();
  if (options.json) terminal.printJson(scores);
  else terminal.print(evaluationText(scores, terminal.colors));
  return EXIT.ok;
}
