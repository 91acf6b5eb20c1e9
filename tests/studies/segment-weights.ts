// Which weights of the transcript's parts make the better cold start? Trains a tiny model under several, draws transcripts
// of questions that it was not trained on, and counts. The numbers are of a tiny world: they say what a choice does, not
// how well a real model does.
//
//   node tests/support/run-ts.mjs tests/studies/segment-weights.ts [--seeds 3] [--steps 250] [--draws 8] [--threads 2]
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { silentLog, TrainConfig } from '@srvau/contracts';
import { type Model, setThreads } from '@srvau/native';
import { parseTranscript, type Transcript } from '@srvau/reasoning';
import { TrainingData } from '../../apps/training/src/data/training-data';
import type { TrainingItem } from '../../apps/training/src/data/training-item';
import { openSft } from '../../apps/training/test/sft-run';
import { runSteps } from '../../apps/training/test/steps';
import { TinyWorld } from '../../apps/training/test/tiny-world';

/** Of first round, reflection and revision. */
const CANDIDATES: readonly (readonly [initial: number, reflection: number, revision: number])[] = [
  [0, 0, 1], // the paper's Eq. 1 to the letter
  [0, 1, 1],
  [0.3, 1, 1],
  [1, 1, 1],
];
/** Teaches the first round alone, as a base model knows it before the cold start. */
const BASE = [1, 0, 0] as const;

const LEARNING = { learningRate: 0.01, schedule: 'linear', warmupSteps: 10 };

const COLUMNS = ['well formed', 'first right', 'final right', 'put right', 'made worse', 'tokens'] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], number>>;

interface Settings {
  readonly steps: number;
  readonly draws: number;
}

async function train(
  world: TinyWorld,
  model: string,
  [initial, reflection, revision]: readonly [number, number, number],
  { steps, draws }: Settings,
  saveTo?: string,
): Promise<Row> {
  const config = { weights: { initial, reflection, revision }, batchSize: 8, optimizer: LEARNING };
  await using objective = await openSft({ model, data: world.data, config: { ...config, epochs: 1000, steps } });
  await runSteps(objective, 0, steps);
  if (saveTo !== undefined) await objective.model.save(saveTo, { companionsFrom: model });
  return await tryOut(world, objective.model, draws);
}

/** Draws transcripts for every question of the validation split, at temperature 1. */
async function tryOut(world: TinyWorld, model: Model, draws: number): Promise<Row> {
  const signal = new AbortController().signal;
  const data = await TrainingData.open({
    ...{
      dir: world.data,
      modelDir: world.model,
      prompt: 'reflection-sft',
      distinct: 'prompts',
      log: silentLog,
      signal,
    },
    config: new TrainConfig(),
    model: model.info,
    mediaPath: ({ uri }) => Promise.resolve(fileURLToPath(uri)),
  });
  const batch = await data.prepareAll(data.val, signal);
  try {
    const seeds = Array.from({ length: draws }, (_, i) => i);
    const stopTokens = data.tokenizer.eosIds;
    const requests = batch.prompts.map((prompt) => ({ prompt, seeds }));
    const drawn = await model.generate(requests, { maxNewTokens: 300, stopTokens });
    const outcomes = drawn.flatMap((completions, i) =>
      completions.map(({ ids }) => {
        const text = data.tokenizer.decode(ids, { skipSpecialTokens: true });
        return { ...read(text, data.val[i]), tokens: ids.length };
      }),
    );
    return meansOf(outcomes);
  } finally {
    batch.release();
    data.close();
  }
}

function read(text: string, item: TrainingItem | undefined): Omit<Row, 'tokens'> {
  const transcript: Transcript = parseTranscript(text, { grammar: 'reflective', task: 'qa' });
  const first = transcript.firstAnswer?.option === item?.truth.label;
  const final = transcript.finalAnswer?.option === item?.truth.label;
  return {
    'well formed': Number(transcript.wellFormed),
    'first right': Number(first),
    'final right': Number(final),
    'put right': Number(!first && final),
    'made worse': Number(first && !final),
  };
}

function meansOf(rows: readonly Row[]): Row {
  const mean = (column: keyof Row): number => rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
  return Object.fromEntries(COLUMNS.map((column) => [column, mean(column)])) as Row;
}

/** Mean, and where there are several seeds its standard error. */
function cell(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(2).padStart(16);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (values.length - 1) / values.length);
  return `${mean.toFixed(2)} ± ${error.toFixed(2)}`.padStart(16);
}

async function study(): Promise<void> {
  const option = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const options = { seeds: option('3'), steps: option('250'), draws: option('8'), threads: option('2') };
  const { values } = parseArgs({ args: process.argv.slice(3), options });
  setThreads(Number(values.threads));
  const settings = { steps: Number(values.steps), draws: Number(values.draws) };
  const found = new Map<string, Row[]>();
  const add = (name: string, row: Row): void => {
    found.set(name, [...(found.get(name) ?? []), row]);
    process.stderr.write(`${name}: ${JSON.stringify(row)}\n`);
  };
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
    const world = await TinyWorld.make({ train: 24, val: 12 }, seed);
    try {
      const base = join(world.dir, 'base');
      add('base', await train(world, world.model, BASE, settings, base));
      for (const weights of CANDIDATES) add(weights.join(' '), await train(world, base, weights, settings));
    } finally {
      world.dispose();
    }
  }
  const write = (line: string): boolean => process.stdout.write(`${line}\n`);
  write(`${'weights'.padEnd(10)}${COLUMNS.map((name) => name.padStart(16)).join('')}`);
  for (const [name, rows] of found) {
    write(`${name.padEnd(10)}${COLUMNS.map((column) => cell(rows.map((row) => row[column]))).join('')}`);
  }
}

void study();
