import { refusal } from '../../test/refusal';
import { seatFromEnv } from './rank-environment';

describe('seatFromEnv', () => {
  it('is one rank alone where nothing is said', () => {
    const local = { rank: 0, size: 1 };
    expect(seatFromEnv({})).toEqual({ rank: 0, worldSize: 1, address: '127.0.0.1', port: 29_500, local });
  });

  it('reads what launchers of torch.distributed set', () => {
    const env = { RANK: '5', WORLD_SIZE: '8', MASTER_ADDR: 'train-0.train', MASTER_PORT: '1234' };
    const local = { LOCAL_RANK: '1', LOCAL_WORLD_SIZE: '4' };
    expect(seatFromEnv({ ...env, ...local })).toEqual({
      ...{ rank: 5, worldSize: 8, address: 'train-0.train', port: 1234 },
      local: { rank: 1, size: 4 },
    });
    expect(seatFromEnv({ MASTER_ADDR: 'fd00::1' }).address).toBe('fd00::1');
  });

  it("takes the number of an indexed job's pod where no rank is said", () => {
    expect(seatFromEnv({ JOB_COMPLETION_INDEX: '2', WORLD_SIZE: '3' }).rank).toBe(2);
    expect(seatFromEnv({ JOB_COMPLETION_INDEX: '2', RANK: '1', WORLD_SIZE: '3' }).rank).toBe(1);
  });

  it.each([
    ['RANK', { RANK: '2', WORLD_SIZE: '2' }],
    ['RANK', { RANK: '-1' }],
    ['RANK', { RANK: 'one' }],
    ['WORLD_SIZE', { WORLD_SIZE: '0' }],
    ['MASTER_ADDR', { MASTER_ADDR: 'tcp://here' }],
    ['MASTER_PORT', { MASTER_PORT: '0' }],
    ['LOCAL_RANK', { LOCAL_RANK: '1' }],
  ])('names %s when it is wrong', async (name, env) => {
    const error = await refusal(() => seatFromEnv(env));
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field: name }] });
  });
});
