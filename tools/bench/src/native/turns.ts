import { type Answer, Measured } from './answer';

export interface Sides {
  readonly ours: Measured;
  /** Absent where no peer was run. */
  readonly peer?: Measured;
}

export interface Turns {
  readonly ours: () => Promise<Answer>;
  readonly peer: (() => Promise<Answer>) | undefined;
  readonly rounds: number;
  /** Called before each. */
  readonly tell: (who: 'ours' | 'peer', round: number) => void;
}

/** Ours, peer, ours, peer: what else the machine does meets both, and a drift does not pass for a difference. */
export async function takeTurns({ ours, peer, rounds, tell }: Turns): Promise<Sides> {
  const answers: { ours: Answer[]; peer: Answer[] } = { ours: [], peer: [] };
  for (let round = 1; round <= rounds; round += 1) {
    tell('ours', round);
    answers.ours.push(await ours());
    if (peer === undefined) continue;
    tell('peer', round);
    answers.peer.push(await peer());
  }
  return { ours: new Measured(answers.ours), ...(peer === undefined ? {} : { peer: new Measured(answers.peer) }) };
}
