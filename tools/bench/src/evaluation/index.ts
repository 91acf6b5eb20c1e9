import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_DIRECT_ROWS, readPredictions, readReferences } from '@srvau/contracts';
import { bootstrapMean, scorePredictions } from '@srvau/metrics';
import { makeRollouts, randomOf } from '../reward/workload';
import type { BenchReport } from '../report';
import { median } from '../statistics';
import { measureOverhead } from './overhead';
import { measureOverNats } from './over-nats';
import { makeRows } from './workload';

type Row = BenchReport['rows'][number];

const ROWS = 200_000;
const COMPLETIONS = 20_000;
const WARM_UP_ROUNDS = 3;
const ROUNDS = 7;
const RESAMPLES = 1_000;
const BOOTSTRAP_ROWS = 10_000;
const TARGET = { inProcess: 500_000, byUri: 100_000, bootstrapMs: 500, p99Ms: 100, overheadPercent: 5 };

/**
 * Scoring of predictions: in process from plain rows to figures with their intervals, checks of the rows included; by URI through
 * the service, reading of the files included.
 */
export async function benchEvaluation(): Promise<BenchReport[]> {
  const dir = await mkdtemp(join(tmpdir(), 'srvau-bench-evaluation-'));
  const load = loadavg()[0] ?? NaN;
  try {
    const rows = [benchAnswers(), benchCompletions(), ...benchBootstrap()];
    const { rowsPerSecond, p50Ms, p99Ms } = await measureOverNats(dir, makeRows(MAX_DIRECT_ROWS), MAX_DIRECT_ROWS);
    rows.push(
      atLeast('by URI over NATS, 10,000 rows a call, one replica', rowsPerSecond, TARGET.byUri),
      { name: '200 calls of 20 rows at once, p50', value: p50Ms, unit: 'ms' },
      {
        ...{ name: '200 calls of 20 rows at once, p99', value: p99Ms, unit: 'ms' },
        ...{ target: `< ${TARGET.p99Ms}`, ok: p99Ms < TARGET.p99Ms },
      },
    );
    rows.push(...(await benchOverhead(join(dir, 'overhead'))));
    const notes = [
      `${cpus()[0]?.model ?? 'unknown processor'}, load average at the start ${load.toFixed(1)}`,
      'a row is a reference and its prediction',
      'run: 128 questions about clips of 8 frames, 200 tokens each, hidden 128, batches of 16; the same in process and by a job, in blocks of both in turns',
    ];
    return [{ name: 'evaluation', rows, notes }];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function benchOverhead(dir: string): Promise<Row[]> {
  const { percent, percentRange, tokensPerSecond, askSec, restSec } = await measureOverhead(dir);
  return [
    { name: 'run: native generation in process', value: tokensPerSecond, unit: 'tokens/s' },
    { name: 'run: asking, by the service', value: askSec, unit: 's' },
    {
      ...{ name: 'run: overhead of the service around native generation', value: percent, unit: '%' },
      ...{ target: `≤ ${TARGET.overheadPercent}`, ok: percent <= TARGET.overheadPercent },
    },
    { name: 'run: the same, in the block with the least', value: percentRange[0], unit: '%' },
    { name: 'run: the same, in the block with the most', value: percentRange[1], unit: '%' },
    { name: 'run: scoring and writing the report', value: restSec, unit: 's' },
  ];
}

function benchAnswers(): Row {
  // As they come off the wire.
  const { references, predictions } = JSON.parse(JSON.stringify(makeRows(ROWS))) as ReturnType<typeof makeRows>;
  return atLeast(
    'answers in process, one thread',
    ROWS / medianSeconds(() => score(references, predictions)),
    TARGET.inProcess,
  );
}

/** Completions of 300 tokens: nearly all of it is reading them. */
function benchCompletions(): Row {
  const rollouts = makeRollouts(COMPLETIONS);
  const references = rollouts.map(({ id, task, truth, durationSec }) => ({ id, task, ...truth, durationSec }));
  const predictions = rollouts.map(({ id, completion }) => ({ id, completion }));
  const wire = JSON.parse(JSON.stringify({ references, predictions })) as Record<
    'references' | 'predictions',
    object[]
  >;
  const seconds = medianSeconds(() => score(wire.references, wire.predictions));
  return { name: 'completions of 300 tokens in process', value: COMPLETIONS / seconds, unit: 'rows/s' };
}

function score(references: readonly object[], predictions: readonly object[]): void {
  scorePredictions(readReferences(references, 'references'), readPredictions(predictions, 'predictions'));
}

function benchBootstrap(): Row[] {
  const random = randomOf(1);
  const right = Float64Array.from({ length: BOOTSTRAP_ROWS }, () => (random() < 0.8 ? 1 : 0));
  const ious = Float64Array.from({ length: BOOTSTRAP_ROWS }, () => random());
  return [
    ['right or wrong', right] as const,
    // No value twice, so that every row is drawn: the worst case.
    ['IoU', ious] as const,
  ].map(([name, values]) => {
    const ms = 1000 * medianSeconds(() => bootstrapMean(values, { resamples: RESAMPLES, seed: 1 }));
    return {
      ...{ name: `1,000 resamples of 10,000 rows, ${name}`, value: ms, unit: 'ms' },
      ...{ target: `< ${TARGET.bootstrapMs}`, ok: ms < TARGET.bootstrapMs },
    };
  });
}

function medianSeconds(work: () => unknown): number {
  const seconds: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const start = performance.now();
    work();
    if (round >= 0) seconds.push((performance.now() - start) / 1000);
  }
  return median(seconds);
}

function atLeast(name: string, value: number, target: number): Row {
  return { name, value, unit: 'rows/s', target: `≥ ${target}`, ok: value >= target };
}
