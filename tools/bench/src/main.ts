import { parseArgs } from 'node:util';
import { nativeOptions, type NativeOptions, WORKS } from './native/options';
import { type BenchReport } from './report';
import { renderReport } from './table';
import { TRAINING_PARTS, type TrainingPart, trainingParts } from './training/options';

interface Options {
  readonly native: NativeOptions;
  readonly training: readonly TrainingPart[];
}

/** Each bench is loaded only when it runs. */
const BENCHES: Record<string, (options: Options) => Promise<BenchReport[]>> = {
  messaging: async () => (await import('./messaging/index.js')).benchMessaging(),
  video: async () => [await (await import('./video/index.js')).benchVideo()],
  reward: async () => (await import('./reward/index.js')).benchReward(),
  evaluation: async () => (await import('./evaluation/index.js')).benchEvaluation(),
  dataset: async () => [await (await import('./dataset/index.js')).benchDataset()],
  training: async ({ training }) => (await import('./training/index.js')).benchTraining(training),
  synth: async () => [await (await import('./synthetic/index.js')).benchSynthetic()],
  native: async ({ native }) => (await import('./native/index.js')).benchNative(native),
};

const USAGE = `Usage: npm run bench -- [NAME…] [--json]

Measures against a peer or a limit in the same run. Without a name all of them run:
  ${Object.keys(BENCHES).join('\n  ')}

  --json             one JSON object instead of tables
  --help

Of native, which takes some minutes (progress goes to the standard error):
  --only WORK,…      of ${WORKS.join(', ')}; by default all, memory on the CPU and 3b on a GPU only
  --hidden N,…       hidden sizes of the models for generate, grpo and sft, multiples of 64; 128,256 by default
  --threads N        of ours and of the peers; all processors by default
  --device DEVICE    of ours and of the peers: cpu (the default) or cuda:N

Of training, which takes some five minutes and says how far it is:
  --only PART,…      of ${TRAINING_PARTS.join(', ')}; by default all

Environment: SRVAU_PEER_PYTHON, a Python with the packages of tools/oracle/requirements.txt, runs the peers of native
and training. Without it ours is measured alone, and its targets count neither as met nor as missed. The peer of reward
needs no package: without the variable python3 runs it.

Exit status: 0 when no target was missed, 1 when one was or a bench failed, 2 for wrong usage.
`;

async function main(args: string[]): Promise<number> {
  let request;
  try {
    request = parse(args);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const { help, json, names, options } = request;
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const reports: BenchReport[] = [];
  for (const name of names) {
    const made = (await BENCHES[name]?.(options)) ?? [];
    reports.push(...made);
    if (!json) for (const report of made) process.stdout.write(`\n${renderReport(report)}`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ node: process.version, reports }, null, 2)}\n`);
  return reports.every((report) => report.rows.every((row) => row.ok !== false)) ? 0 : 1;
}

function parse(args: string[]) {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean' },
      only: { type: 'string' },
      hidden: { type: 'string' },
      threads: { type: 'string' },
      device: { type: 'string' },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) {
    throw new Error(`expected one of ${Object.keys(BENCHES).join(', ')}, received ${unknown}`);
  }
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  const { help = false, json = false, only, ...options } = values;
  const lost = Object.keys(options)[0];
  if (lost !== undefined && !names.includes('native')) throw new Error(`--${lost} is an option of native alone`);
  // It means something else to each of the two.
  if (only !== undefined && names.includes('native') === names.includes('training')) {
    throw new Error('--only: expected native or training beside it');
  }
  const ofTraining = names.includes('training');
  const native = nativeOptions({ ...options, ...(only === undefined || ofTraining ? {} : { only }) });
  return { help, json, names, options: { native, training: trainingParts(ofTraining ? only : undefined) } };
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
