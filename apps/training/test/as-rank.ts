// What programs of the tests that are one rank have in common; rank-child.ts starts them.
import { ProcessGroup } from '@srvau/native';

/** Of a rank's task: its place. */
export interface RankPlace {
  readonly rank: number;
  readonly worldSize: number;
  /** Of rank 0; 0 for rank 0 itself. */
  readonly port: number;
}

/** The first message of rank 0 of several: where it listens. */
export interface RankListens {
  readonly port?: number;
}

/** One JSON object a line. */
export const say = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

/** One rank alone has no group. */
export async function joinGroup({ rank, worldSize, port }: RankPlace): Promise<ProcessGroup | undefined> {
  if (worldSize === 1) return undefined;
  const onListening = (free: number): void => void say({ port: free } satisfies RankListens);
  return ProcessGroup.join({ rank, worldSize, port, timeoutMs: 60_000, onListening });
}

/** Does what the last argument of the command says, and ends the process. */
export function runAsRank<T extends RankPlace>(work: (task: T) => Promise<void>): void {
  // When the spec that started this process is gone, its end of the pipe is closed.
  process.stdin.on('end', () => process.exit(1)).resume();
  work(JSON.parse(process.argv.at(-1) ?? '') as T).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}
