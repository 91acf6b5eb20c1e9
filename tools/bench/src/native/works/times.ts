import { type Sides } from '../turns';

/** Seconds of a run on both sides, as `timeRow` takes them. */
export function times(sides: Sides, run: string, peerRun = run): { ours: number; peer: number | undefined } {
  return { ours: sides.ours.seconds(run), peer: sides.peer?.seconds(peerRun) };
}
