import { availableParallelism } from 'node:os';
import { resolveSft } from '@srvau/contracts';
import { runtimeInfo } from '@srvau/native';
import { refusal } from '../../test/refusal';
import { placeRank } from './placement';

const compute = (change: object = {}) => resolveSft({ config: { compute: change } }).compute;

describe('placeRank', () => {
  it('shares the processors evenly among the ranks of a machine', () => {
    expect(placeRank(compute(), { rank: 0, size: 1 })).toEqual({ device: 'cpu', dtype: 'float32' });
    expect(runtimeInfo().intraOpThreads).toBe(availableParallelism());
    placeRank(compute(), { rank: 1, size: 2 });
    expect(runtimeInfo().intraOpThreads).toBe(Math.max(1, Math.floor(availableParallelism() / 2)));
    placeRank(compute({ threads: 1 }), { rank: 0, size: 1 });
    expect(runtimeInfo().intraOpThreads).toBe(1);
  });

  it('wants a CUDA device for each rank', async () => {
    const { cudaDevices } = runtimeInfo();
    const beyond = { rank: cudaDevices, size: cudaDevices + 1 };
    const error = await refusal(() => placeRank(compute({ device: 'cuda' }), beyond));
    expect(error).toMatchObject({ code: 'UNPROCESSABLE', details: [{ field: 'config.compute.device' }] });
    expect(error.message).toContain(`received ${cudaDevices} devices`);
  });
});
