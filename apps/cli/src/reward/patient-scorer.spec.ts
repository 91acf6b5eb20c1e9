import type { PluginColumn, PluginInfo, RewardPlugins } from '@srvau/reward-host';
import { RolloutBatch } from '@srvau/reward-host';
import { MAX_LATE_BATCHES, PatientScorer } from './patient-scorer';

const info = (id: string): PluginInfo => ({
  ...{ id, scoreVersion: 1, summary: '', scope: 'sample', range: { min: 0, max: 1 }, needs: [], source: id, dir: '/' },
  ...{
    package: { name: id, version: '1.0.0' },
    sdk: '^1.0.0',
    isolation: 'child-process',
    optionsSchema: {},
    options: {},
  },
});
const INFOS = [info('steady'), info('slow')];
const batch = new RolloutBatch([{ id: 'r', groupId: 'g', task: 'qa', completion: '', truth: {} }]);

/** Scores batch after batch while `slow` is late in those that are named; what was asked and told. */
async function scoring(
  batches: number,
  isLate: (batch: number) => boolean,
): Promise<{ asked: string[][]; columns: PluginColumn[][]; told: string[] }> {
  const asked: string[][] = [];
  const told: string[] = [];
  const plugins: Pick<RewardPlugins, 'score'> = {
    score: (requests, { rows }, _context, onColumn) => {
      const ids = requests.map(({ id }) => id);
      const number = asked.push(ids) - 1;
      const columns = INFOS.filter(({ id }) => ids.includes(id)).map((each): PluginColumn => {
        const outcomes = rows.map(() => ({ kind: 'scored' as const, value: 1 }));
        const late = each.id === 'slow' && isLate(number) ? { late: true as const } : {};
        return { info: each, outcomes, range: each.range, elapsedMs: 0, ...late };
      });
      columns.forEach((column) => onColumn?.(column));
      return Promise.resolve(columns);
    },
  };
  const scorer = new PatientScorer(
    plugins,
    INFOS,
    { signal: new AbortController().signal, deadlineMs: 50 },
    {
      onAsk: (infos) => void told.push(`ask ${infos.map(({ id }) => id).join()}`),
      onColumn: (column) => void told.push(column.info.id),
      onGivenUp: ({ id }, why) => void told.push(`${id}: ${why}`),
    },
  );
  const columns: PluginColumn[][] = [];
  for (let i = 0; i < batches; i += 1) columns.push(await scorer.score(batch));
  return { asked, columns, told };
}

describe('PatientScorer', () => {
  it('asks a plugin no more that was late too often in a row, and fails its rows by name', async () => {
    const { asked, columns, told } = await scoring(MAX_LATE_BATCHES + 2, () => true);
    const both = ['steady', 'slow'];
    expect(asked).toEqual([...Array<string[]>(MAX_LATE_BATCHES).fill(both), ['steady'], ['steady']]);
    const why = 'not asked any more: it missed its deadline of 50 ms in 3 batches in a row';
    for (const [i, [steady, slow]] of columns.entries()) {
      expect([steady?.info.id, slow?.info.id]).toEqual(both);
      expect(steady?.outcomes).toEqual([{ kind: 'scored', value: 1 }]);
      if (i >= MAX_LATE_BATCHES) expect(slow?.outcomes).toEqual([{ kind: 'failed', error: `slow@1: ${why}` }]);
    }
    expect(told.filter((line) => line === `slow: ${why}`)).toHaveLength(1);
    expect(told.slice(-2)).toEqual(['ask steady', 'steady']);
  });

  it('forgives a plugin that answers in between', async () => {
    const { asked } = await scoring(10, (number) => number % MAX_LATE_BATCHES !== 0);
    expect(asked).toEqual(Array<string[]>(10).fill(['steady', 'slow']));
  });
});
