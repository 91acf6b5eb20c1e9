import type { ObjectiveMessage, ObjectiveTask } from './objective-child';
import { startRanks } from './rank-child';

/** What the ranks of a training say of it; it takes no more than the call. */
export async function trainOnRanks(
  worldSize: number,
  task: Pick<ObjectiveTask, 'kind' | 'model' | 'data' | 'config' | 'steps'>,
): Promise<ObjectiveMessage[]> {
  const program = 'objective-child.ts';
  const ranks = await startRanks<ObjectiveMessage>(program, worldSize, (place): ObjectiveTask => ({
    ...task,
    ...place,
  }));
  try {
    return await Promise.all(ranks.map((rank) => rank.next()));
  } finally {
    await Promise.all(ranks.map((rank) => rank.kill()));
  }
}
