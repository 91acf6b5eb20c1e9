import { resolve } from 'node:path';
import type { RolloutRow } from '@srvau/contracts';
import { type LoadOptions, type PluginColumn, RewardPlugins, RolloutBatch } from '@srvau/reward-host';

export const BATCH = 512;
const BUILT_IN = ['task', 'reflection', 'temporal-iou'];
const ROOT = resolve(__dirname, '../../../..');
const DEADLINE_MS = 60_000;

export async function loadBuiltIns(isolation: LoadOptions['isolation'], ids = BUILT_IN): Promise<RewardPlugins> {
  const plugins = new RewardPlugins({ from: ROOT, log: () => undefined });
  for (const id of ids) await plugins.load(id, isolation === undefined ? {} : { isolation });
  return plugins;
}

/** @param rows not parsed yet: parsing is part of the work */
export function scoreBatch(plugins: RewardPlugins, rows: readonly RolloutRow[]): Promise<PluginColumn[]> {
  const requests = plugins.list().map(({ info }) => ({ id: info.id }));
  const signal = new AbortController().signal;
  return plugins.score(requests, new RolloutBatch(rows), { signal, deadlineMs: DEADLINE_MS });
}

export function batchesOf(rows: readonly RolloutRow[]): RolloutRow[][] {
  return Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, i) => rows.slice(i * BATCH, (i + 1) * BATCH));
}

/** Seconds that the batches take, one after the other. */
export async function timeBatches(plugins: RewardPlugins, batches: readonly RolloutRow[][]): Promise<number> {
  const start = performance.now();
  for (const batch of batches) await scoreBatch(plugins, batch);
  return (performance.now() - start) / 1000;
}
