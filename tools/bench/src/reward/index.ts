import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RolloutRow } from '@srvau/contracts';
import type { RewardPlugins } from '@srvau/reward-host';
import type { ScoreOutcome } from '@srvau/reward-sdk';
import type { BenchReport } from '../report';
import { median } from '../statistics';
import { BATCH, batchesOf, loadBuiltIns, scoreBatch, timeBatches } from './in-process';
import { measureOverNats } from './over-nats';
import { requireSame, runPython } from './python-peer';
import { makeRollouts } from './workload';

type Row = BenchReport['rows'][number];

const ROLLOUTS = 20 * BATCH;
const WARM_UP_ROUNDS = 10;
const ROUNDS = 9;
const TARGET = { inProcess: 100_000, overPython: 20, overNats: 30_000, p99Ms: 50, isolation: 2 };

/**
 * The three built-in rewards on completions of 300 tokens, parsing included: in process beside the same formulas in plain
 * Python, in a process of their own, and through the service over NATS.
 */
export async function benchReward(): Promise<BenchReport[]> {
  const dir = await mkdtemp(join(tmpdir(), 'srvau-bench-reward-'));
  const load = loadavg()[0] ?? NaN;
  try {
    // As they come off the wire.
    const rollouts = JSON.parse(JSON.stringify(makeRollouts(ROLLOUTS))) as RolloutRow[];
    const batches = batchesOf(rollouts);
    const notes = [`${cpus()[0]?.model ?? 'unknown processor'}, load average at the start ${load.toFixed(1)}`];
    const rows = [...(await benchInProcess(dir, rollouts, batches, notes)), await benchIsolation(batches)];
    const rate = TARGET.overNats / 2;
    const { rolloutsPerSecond, p50Ms, p99Ms } = await measureOverNats(dir, batches, { rate, seconds: 8 });
    rows.push(
      atLeast('over NATS, batches of 512, one replica', rolloutsPerSecond, TARGET.overNats),
      { name: `p50 at ${rate} rollouts/s`, value: p50Ms, unit: 'ms' },
      {
        ...{ name: `p99 at ${rate} rollouts/s`, value: p99Ms, unit: 'ms' },
        ...{ target: `< ${TARGET.p99Ms}`, ok: p99Ms < TARGET.p99Ms },
      },
    );
    return [{ name: 'reward', rows, notes }];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function benchInProcess(
  dir: string,
  rollouts: readonly RolloutRow[],
  batches: readonly RolloutRow[][],
  notes: string[],
): Promise<Row[]> {
  const plugins = await loadBuiltIns('in-process');
  // Before and after ours, so that what else the machine does meets both.
  const before = await runPython(dir, rollouts, 2).catch((error: Error) => error);
  const ours = await rateOf(plugins, batches, rollouts.length);
  const row = atLeast('three built-ins in process, one thread', ours, TARGET.inProcess);
  if (before instanceof Error) {
    notes.push(`plain Python not run: ${before.message.split('\n')[0] ?? ''}`);
    return [
      row,
      { name: 'the same over plain Python', value: ours, unit: 'rollouts/s', target: `≥ ${TARGET.overPython} ×` },
    ];
  }
  const after = await runPython(dir, rollouts, 2);
  requireSame(await outcomesOf(plugins, batches), before);
  await plugins.close();
  const peer = rollouts.length / median([...before.seconds, ...after.seconds]);
  notes.push(`peer: ${before.peer}, three functions called as TRL calls them; every score agrees to 1e-9`);
  return [row, compared(ours, peer)];
}

function compared(ours: number, peer: number): Row {
  const ratio = ours / peer;
  return {
    ...{ name: 'the same over plain Python', value: ours, peer, unit: 'rollouts/s', ratio },
    ...{ target: `≥ ${TARGET.overPython} × Python`, ok: ratio >= TARGET.overPython },
  };
}

/** One plugin in a child process against the same in process: what a plugin of somebody else costs. */
async function benchIsolation(batches: readonly RolloutRow[][]): Promise<Row> {
  const [isolated, direct] = await Promise.all([
    loadBuiltIns('child-process', ['task']),
    loadBuiltIns('in-process', ['task']),
  ]);
  const times: Record<'isolated' | 'direct', number[]> = { isolated: [], direct: [] };
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const [a, b] = [await timeBatches(isolated, batches), await timeBatches(direct, batches)];
    if (round < 0) continue;
    times.isolated.push((a / batches.length) * 1000);
    times.direct.push((b / batches.length) * 1000);
  }
  await Promise.all([isolated.close(), direct.close()]);
  const [value, peer] = [median(times.isolated), median(times.direct)];
  const ratio = value / peer;
  return {
    ...{ name: 'task reward in a process of its own, a batch of 512', value, peer, unit: 'ms', ratio },
    ...{ target: `≤ ${TARGET.isolation} × in process`, ok: ratio <= TARGET.isolation },
  };
}

async function rateOf(plugins: RewardPlugins, batches: readonly RolloutRow[][], count: number): Promise<number> {
  const seconds: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const time = await timeBatches(plugins, batches);
    if (round >= 0) seconds.push(time);
  }
  return count / median(seconds);
}

async function outcomesOf(
  plugins: RewardPlugins,
  batches: readonly RolloutRow[][],
): Promise<Map<string, ScoreOutcome[]>> {
  const all = new Map<string, ScoreOutcome[]>();
  for (const batch of batches) {
    for (const { info, outcomes } of await scoreBatch(plugins, batch)) {
      all.set(info.id, [...(all.get(info.id) ?? []), ...outcomes]);
    }
  }
  return all;
}

function atLeast(name: string, value: number, target: number): Row {
  return { name, value, unit: 'rollouts/s', target: `≥ ${target}`, ok: value >= target };
}
