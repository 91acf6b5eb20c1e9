import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchReport } from '../report';
import { type DirectAnswer, tokensOf } from './direct-request';
import { measure, type MeasureOptions } from './measure';
import { TRAINING_PARTS, type TrainingPart } from './options';
import { measureRanks, reportOfRanks } from './rank-turns';
import { rowsOf } from './rows';
import { Services } from './services';
import { RANKS_SIZE, SERVICE_SIZE, type ServiceSize, THREADS } from './setup';
import { typicalStep } from './trl';
import { makeWorld, MAX_NEW_TOKENS } from './world';

/**
 * GRPO runs of the built services, reward service and NATS included, beside the native calls that they make, TRL on the same
 * checkpoint, and two ranks.
 */
export async function benchTraining(
  parts: readonly TrainingPart[] = TRAINING_PARTS,
  { service, ranks } = { service: SERVICE_SIZE, ranks: RANKS_SIZE },
): Promise<BenchReport[]> {
  const dir = await mkdtemp(join(tmpdir(), 'srvau-bench-training-'));
  const interruption = new AbortController();
  const interrupt = (name: string): void => interruption.abort(new Error(`interrupted by ${name}`));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  // Both sides wait for their threads by spinning: with others on the processors, times say little.
  const load = loadavg()[0] ?? NaN;
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${THREADS} threads, load average at the start ${load.toFixed(1)}`;
  const tell = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
  const reports: BenchReport[] = [];
  try {
    await using services = await Services.start(dir);
    const signal = AbortSignal.any([interruption.signal, services.signal]);
    const options = async (part: TrainingPart): Promise<MeasureOptions> => {
      const own = join(dir, part);
      await mkdir(own);
      return { dir: own, tell, signal };
    };
    if (parts.includes('service')) reports.push(await benchService(services, service, await options('service')));
    if (parts.includes('ranks')) {
      const own = await options('ranks');
      const world = await makeWorld(own.dir, ranks.prompts);
      reports.push(reportOfRanks(await measureRanks(services, world, ranks, own), ranks));
    }
    return reports.map(({ notes = [], ...report }) => ({ ...report, notes: [machine, ...notes] }));
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await rm(dir, { recursive: true, force: true });
  }
}

async function benchService(services: Services, size: ServiceSize, options: MeasureOptions): Promise<BenchReport> {
  const python = process.env['SRVAU_PEER_PYTHON'] || undefined;
  const world = await makeWorld(options.dir, size.prompts);
  const rounds = await measure(services, world, size, { ...options, python });
  const [direct] = rounds.direct;
  const notes = [
    ...(direct === undefined ? [] : [workOf(size, direct)]),
    `steps 2 to ${size.steps}, of each the faster of ${size.rounds} rounds; both sides drew the same tokens`,
    `a checkpoint every ${size.checkpointEvery} steps and at the end, which steps do not count; the slowest round of them`,
    rounds.trl === undefined
      ? 'TRL not run: set SRVAU_PEER_PYTHON to a Python with the packages of tools/oracle/requirements.txt'
      : `TRL: one step repeated, of as many tokens as ours in the mean, text in the place of video; ${rounds.trl.versions().join(', ')}`,
  ];
  return { name: 'training', rows: rowsOf(rounds), notes };
}

function workOf({ prompts, groupSize }: ServiceSize, { steps, prompts: ids }: DirectAnswer): string {
  const promptTokens = ids.reduce((sum, prompt) => sum + prompt.length, 0) / ids.length;
  const length = tokensOf(typicalStep(steps)) / (prompts * groupSize);
  return (
    `${prompts} prompts of ${promptTokens.toFixed(0)} tokens with a clip × ${groupSize} samples of ${length.toFixed(0)} ` +
    `tokens in the mean, ${MAX_NEW_TOKENS} at most, hidden 128, with KL, three rewards`
  );
}
