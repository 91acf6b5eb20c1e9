import { type EnvMap, parseEnv, SrvauError } from '@srvau/contracts';
import { WholeNumber } from '@srvau/service';
import { IsOptional, Matches } from 'class-validator';
import type { RankSeat } from './run-rank';

/** The variables that launchers of torch.distributed set, and the one of Kubernetes' indexed jobs. */
class RankVariables {
  @IsOptional()
  @WholeNumber(0, 65_535)
  rank?: number;

  @IsOptional()
  @WholeNumber(0, 65_535)
  completionIndex?: number;

  @WholeNumber(1, 65_536)
  worldSize: number = 1;

  @Matches(/^[^\s/:]+$|^[0-9a-fA-F:]+$/, { message: 'masterAddress must be a host name or an IP address' })
  masterAddress: string = '127.0.0.1';

  @WholeNumber(1, 65_535)
  masterPort: number = 29_500;

  @WholeNumber(0, 1023)
  localRank: number = 0;

  @WholeNumber(1, 1024)
  localWorldSize: number = 1;
}

export const RANK_ENV: EnvMap<RankVariables> = {
  rank: { name: 'RANK', kind: 'number', doc: 'number of this process, from 0' },
  completionIndex: {
    name: 'JOB_COMPLETION_INDEX',
    kind: 'number',
    doc: 'the same, in an indexed job; RANK goes before it',
  },
  worldSize: { name: 'WORLD_SIZE', kind: 'number', doc: 'processes that train together' },
  masterAddress: { name: 'MASTER_ADDR', kind: 'string', doc: 'where rank 0 is found' },
  masterPort: { name: 'MASTER_PORT', kind: 'number', doc: 'port of rank 0' },
  localRank: {
    name: 'LOCAL_RANK',
    kind: 'number',
    doc: 'number of this process on its machine, which is its CUDA device',
  },
  localWorldSize: {
    name: 'LOCAL_WORLD_SIZE',
    kind: 'number',
    doc: 'processes on this machine, which share its processors',
  },
};

/** @throws SrvauError INVALID_REQUEST naming the variable */
export function seatFromEnv(env: NodeJS.ProcessEnv): RankSeat {
  const read = parseEnv(RankVariables, RANK_ENV, env, 'environment of a rank');
  const { worldSize, masterAddress: address, masterPort: port, localRank, localWorldSize } = read;
  const rank = read.rank ?? read.completionIndex ?? 0;
  requireBelow('RANK', rank, 'WORLD_SIZE', worldSize);
  requireBelow('LOCAL_RANK', localRank, 'LOCAL_WORLD_SIZE', localWorldSize);
  return { rank, worldSize, address, port, local: { rank: localRank, size: localWorldSize } };
}

function requireBelow(field: string, value: number, boundName: string, bound: number): void {
  if (value >= bound)
    throw SrvauError.mismatch('INVALID_REQUEST', field, `below ${boundName}, ${bound}`, String(value));
}
