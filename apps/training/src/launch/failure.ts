import { SrvauError } from '@srvau/contracts';
import type { RankEnd } from './rank-process';

/**
 * What ended an attempt, of all that its ranks came to: a process that died without a word before one that says what was
 * wrong, and that before one that only noticed the others were gone.
 *
 * @param ends in the order in which the processes ended
 * @returns undefined where every rank ended as it should
 */
export function failureOf(ends: readonly RankEnd[]): SrvauError | undefined {
  const died = ends.find(isDeath);
  if (died !== undefined) return deathOf(died);
  const told = ends.map(({ failed }) => failed).filter((failed) => failed !== undefined);
  const cause = told.find(({ byOthers }) => !byOthers) ?? told[0];
  return cause === undefined ? undefined : SrvauError.fromWire(cause.error);
}

/** A rank that has said why is no death, nor one that ended as it was told to: killed after the grace that it had. */
function isDeath({ code, failed, killedFor, pid }: RankEnd): boolean {
  if (failed !== undefined) return false;
  if (killedFor !== undefined) return killedFor === SILENT;
  return pid === undefined || code !== 0;
}

/** Why a rank is killed that says nothing any more. */
export const SILENT = 'silent';

/** All of these are worth another attempt, on this machine or another one. */
function deathOf(end: RankEnd): SrvauError {
  const { rank, pid, lastWords } = end;
  const said = lastWords.length === 0 ? '' : `; its last words: ${lastWords.join(' | ')}`;
  return new SrvauError('UNAVAILABLE', `rank ${rank} (process ${pid ?? 'never started'}) ${how(end)}${said}`);
}

function how({ pid, code, signal, killedFor }: RankEnd): string {
  if (pid === undefined) return 'could not be started';
  if (killedFor === SILENT) return 'said nothing for so long that it was killed';
  if (signal === 'SIGKILL') return 'was killed by SIGKILL, often by the kernel, when memory is short';
  if (signal !== null) return `was killed by ${signal}, as when native code crashes`;
  return `ended with exit code ${code} without a word`;
}
