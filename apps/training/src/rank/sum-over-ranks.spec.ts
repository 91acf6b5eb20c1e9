import { NativeError, ProcessGroup } from '@srvau/native';
import { refusal } from '../../test/refusal';
import { sumOverRanks } from './sum-over-ranks';

const { signal } = new AbortController();

describe('sumOverRanks', () => {
  it('is the identity for one rank, in a group or without', async () => {
    const values = Float64Array.of(1, -2.5, NaN);
    expect(await sumOverRanks({ signal })(values)).toEqual(values);
    await using group = await ProcessGroup.join({ rank: 0, worldSize: 1, port: 0 });
    expect(await sumOverRanks({ group, signal })(values)).toEqual(values);
  });

  it('tells failures of native code as callers are told them', async () => {
    await using group = await ProcessGroup.join({ rank: 0, worldSize: 1, port: 0 });
    jest.spyOn(group, 'reduce').mockRejectedValue(new NativeError('PROCESS_GROUP', 'rank 1 has ended'));
    const error = await refusal(() => sumOverRanks({ group, signal })(Float64Array.of(1)));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', cause: { code: 'PROCESS_GROUP' } });
  });
});
