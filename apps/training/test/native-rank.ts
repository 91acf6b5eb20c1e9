import type { NativeMessage, NativeTask } from './native-child';
import { RankChild, startRanks } from './rank-child';

const PROGRAM = 'native-child.ts';

/** native-child.ts in a process of its own. */
export type NativeRank = RankChild<NativeMessage>;

type Task = Omit<NativeTask, 'rank' | 'worldSize' | 'port'>;

/** One alone. @param launcher goes before the command, to run it somewhere else */
export function startNative(task: Task, launcher: readonly string[] = []): NativeRank {
  const whole: NativeTask = { ...task, rank: 0, worldSize: 1, port: 0 };
  return new RankChild(PROGRAM, whole, launcher);
}

export const startNativeRanks = (worldSize: number, taskOf: (rank: number) => Task): Promise<NativeRank[]> =>
  startRanks(PROGRAM, worldSize, (place): NativeTask => ({ ...taskOf(place.rank), ...place }));
