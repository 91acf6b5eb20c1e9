// One rank of a training of a real model; says what becomes of it, one JSON object a line.
import { once } from 'node:events';
import { type TrainSummary, SrvauError } from '@srvau/contracts';
import { NativeError } from '@srvau/native';
import { runLoop } from '../src/loop/run-loop';
import { openRun } from '../src/run/open-run';
import { joinGroup, type RankPlace, runAsRank, say } from './as-rank';
import { NATIVE_CHECKPOINT, NativeObjective } from './native-objective';
import { quietContext } from './quiet-context';
import { toyConfig } from './toy';

export interface NativeTask extends RankPlace {
  /** Run directory. */
  readonly dir: string;
  readonly data: string;
  readonly steps: number;
  /** The process ends at the beginning of this step. */
  readonly diesAt?: number;
  /** Another attempt is made for each line on the input. */
  readonly again?: boolean;
}

export interface NativeMessage {
  readonly summary?: TrainSummary;
  readonly error?: { readonly code: string; readonly message: string };
}

async function train({ dir, data, steps, diesAt, ...place }: NativeTask): Promise<TrainSummary> {
  await using group = await joinGroup(place);
  const context = quietContext(group);
  const config = toyConfig({ checkpoints: { every: 2 } });
  const paths = { model: NATIVE_CHECKPOINT, data };
  await using run = await openRun({ kind: 'grpo', dir, config, given: {}, paths, resume: true, context });
  await using objective = await NativeObjective.create(run, context, steps, (step) => {
    if (step === diesAt) process.exit(9);
  });
  return await runLoop(objective, run, context, config);
}

async function attempt(task: NativeTask): Promise<NativeMessage> {
  try {
    return { summary: await train(task) };
  } catch (error) {
    const code = error instanceof SrvauError || error instanceof NativeError ? error.code : 'none';
    return { error: { code, message: (error as Error).message } };
  }
}

runAsRank(async (task: NativeTask) => {
  say(await attempt(task));
  if (task.again !== true) return;
  await once(process.stdin, 'data');
  say(await attempt(task));
});
