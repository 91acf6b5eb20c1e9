import type { Objective, StepOutcome } from '../src/loop/objective';

/** Outcomes of steps `from` to `to` − 1. */
export async function outcomesOf(objective: Pick<Objective, 'step'>, from: number, to: number): Promise<StepOutcome[]> {
  const outcomes = [];
  for (let step = from; step < to; step += 1) outcomes.push(await objective.step(step, new AbortController().signal));
  return outcomes;
}

/** Metrics of steps `from` to `to` − 1, as lines of metrics.jsonl hold them. */
export async function runSteps(
  objective: Pick<Objective, 'step'>,
  from: number,
  to: number,
): Promise<StepOutcome['metrics'][]> {
  return (await outcomesOf(objective, from, to)).map(({ metrics }) => metrics);
}
