// One rank of a training of a real model; says what becomes of it, one JSON object a line.
import { once } from 'node:events';
import { type TrainSummary, SrvauError } from '@srvau/contracts';
import { NativeError, ProcessGroup } from '@srvau/native';
import { runLoop } from '../src/loop/run-loop';
import { openRun } from '../src/run/open-run';
import { NATIVE_CHECKPOINT, NativeObjective } from './native-objective';
import { toyConfig, toyContext } from './toy';

export interface NativeTask {
  /** Run directory. */
  readonly dir: string;
  readonly data: string;
  readonly steps: number;
  readonly rank: number;
  readonly worldSize: number;
  /** Of rank 0; 0 for rank 0 itself. */
  readonly port: number;
  /** The process ends at the beginning of this step. */
  readonly diesAt?: number;
  /** Another attempt is made for each line on the input. */
  readonly again?: boolean;
}

export interface NativeMessage {
  readonly port?: number;
  readonly summary?: TrainSummary;
  readonly error?: { readonly code: string; readonly message: string };
}

const task = JSON.parse(process.argv.at(-1) ?? '') as NativeTask;
const say = (message: NativeMessage): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

async function train({ dir, data, steps, rank, worldSize, port, diesAt }: NativeTask): Promise<TrainSummary> {
  const onListening = (free: number): void => void say({ port: free });
  await using group =
    worldSize === 1 ? undefined : await ProcessGroup.join({ rank, worldSize, port, timeoutMs: 60_000, onListening });
  const context = { ...toyContext(), rank, worldSize, ...(group === undefined ? {} : { group }) };
  const config = toyConfig({ checkpoints: { every: 2 } });
  const paths = { model: NATIVE_CHECKPOINT, data };
  await using run = await openRun({ kind: 'grpo', dir, config, given: {}, paths, resume: true, context });
  await using objective = await NativeObjective.create(run, context, steps, (step) => {
    if (step === diesAt) process.exit(9);
  });
  return await runLoop(objective, run, context, config);
}

async function attempt(): Promise<void> {
  try {
    say({ summary: await train(task) });
  } catch (error) {
    const code = error instanceof SrvauError || error instanceof NativeError ? error.code : 'none';
    say({ error: { code, message: (error as Error).message } });
  }
}

async function main(): Promise<void> {
  await attempt();
  if (task.again !== true) return;
  await once(process.stdin, 'data');
  await attempt();
}

// When the spec that started this process is gone, its end of the pipe is closed.
process.stdin.on('end', () => process.exit(1));
void main().then(() => process.exit(0));
