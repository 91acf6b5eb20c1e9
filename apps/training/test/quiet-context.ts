import { silentLog } from '@srvau/contracts';
import type { ProcessGroup } from '@srvau/native';
import type { RankContext } from '../src/rank/rank-context';

/** Of a rank of a group, or of one alone, that tells nobody anything but by `changes`. */
export function quietContext(group: ProcessGroup | undefined, changes: Partial<RankContext> = {}): RankContext {
  const nothing = (): void => undefined;
  return {
    ...{ rank: group?.rank ?? 0, worldSize: group?.worldSize ?? 1, ...(group === undefined ? {} : { group }) },
    ...{ signal: new AbortController().signal, log: silentLog },
    ...{ begins: nothing, progress: nothing, metrics: nothing, event: nothing },
    ...changes,
  };
}
