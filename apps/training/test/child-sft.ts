// One rank of a supervised run. Says on its output, a line each: the port that it listens on, and what its steps measured.
import { ProcessGroup } from '@srvau/native';
import { openSft, runSteps } from './sft-run';

export interface SftRankTask {
  readonly model: string;
  readonly data: string;
  readonly config: object;
  readonly rank: number;
  readonly worldSize: number;
  readonly port: number;
  readonly steps: number;
}

export interface SftRankMessage {
  readonly port?: number;
  readonly metrics?: Readonly<Record<string, number>>[];
  readonly validation?: Readonly<Record<string, number>>;
}

const say = (message: SftRankMessage): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

async function run({ rank, worldSize, port, steps, ...run }: SftRankTask): Promise<void> {
  const onListening = (free: number): void => void say({ port: free });
  await using group = await ProcessGroup.join({ rank, worldSize, port, timeoutMs: 60_000, onListening });
  await using objective = await openSft({ ...run, group });
  const metrics = await runSteps(objective, 0, steps);
  const validation = await objective.validate(steps, new AbortController().signal);
  say({ metrics, validation: validation?.metrics ?? {} });
}

run(JSON.parse(process.argv.at(-1) ?? '') as SftRankTask).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
});
