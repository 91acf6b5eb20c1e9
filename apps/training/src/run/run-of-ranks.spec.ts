import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NativeRank, startNativeRanks } from '../../test/native-rank';
import { toyPaths } from '../../test/toy-paths';

let root: string;
let ranks: NativeRank[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-ranks-'));
});
afterEach(async () => {
  await Promise.all(ranks.map((rank) => rank.kill()));
  await rm(root, { recursive: true });
});

const STEPS = 7;

async function start(dir: string, dying: { rank: number; at: number } | null): Promise<void> {
  const { data } = await toyPaths(root);
  ranks = await startNativeRanks(2, (rank) => ({
    ...{ dir, data, steps: STEPS },
    ...(dying?.rank === rank ? { diesAt: dying.at } : {}),
  }));
}

const read = (...parts: string[]): Promise<string> => readFile(join(root, ...parts), 'latin1');

test(
  'a run of two ranks that one of them ends goes on from its last checkpoint as if nothing had been',
  async () => {
    const [whole, broken] = [join(root, 'whole'), join(root, 'broken')];
    await start(whole, null);
    const [first, second] = await Promise.all(ranks.map((rank) => rank.next()));
    expect(first?.summary).toMatchObject({ steps: STEPS, checkpoint: join(whole, 'checkpoints', 'step-000007') });
    // But for the metrics of a run that does nothing, which only rank 0 reads back, the summaries are the same.
    expect(second?.summary).toEqual(first?.summary);

    await start(broken, { rank: 1, at: 5 });
    expect(await ranks[0]?.next()).toMatchObject({ error: { code: 'PROCESS_GROUP' } });
    expect(await ranks[1]?.end()).toBe(9);
    expect(await readdir(join(broken, 'checkpoints'))).toEqual(['step-000002', 'step-000004']);

    await start(broken, null);
    const summaries = await Promise.all(ranks.map((rank) => rank.next()));
    expect(summaries.map(({ summary }) => summary?.steps)).toEqual([STEPS, STEPS]);
    expect(await read('broken', 'metrics.jsonl')).toBe(await read('whole', 'metrics.jsonl'));
    for (const file of ['model.safetensors', 'srvau/optimizer.safetensors', 'srvau/state.json']) {
      const path = ['checkpoints', 'step-000007', file];
      expect(await read('broken', ...path)).toBe(await read('whole', ...path));
    }
    expect(await readdir(join(broken, 'samples'))).toEqual(
      [1, 2, 3, 4, 5, 6, 7].flatMap((step) => [`step-00000${step}-rank-1.parquet`, `step-00000${step}.parquet`]),
    );
  },
  5 * 60_000,
);
