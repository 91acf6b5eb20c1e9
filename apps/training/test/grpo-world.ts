import type { RolloutRow } from '@srvau/contracts';
import { setThreads } from '@srvau/native';
import type { GrpoObjective } from '../src/grpo/grpo-objective';
import { type GrpoRunOptions, openGrpo } from './grpo-run';
import { type RowScore, ScoringDouble } from './scoring-double';
import { TinyWorld } from './tiny-world';

/** A tiny world, and the objectives that a spec opens in it. */
export class GrpoWorld {
  private readonly opened: GrpoObjective[] = [];

  private constructor(readonly tiny: TinyWorld) {}

  static async make(): Promise<GrpoWorld> {
    // Steps of this size are done sooner by one thread than by several that wait for each other.
    setThreads(1);
    return new GrpoWorld(await TinyWorld.make({ train: 12, val: 3 }));
  }

  async open(config: GrpoRunOptions['config'] = {}, options: Partial<GrpoRunOptions> = {}): Promise<GrpoObjective> {
    const { model, data } = this.tiny;
    const objective = await openGrpo({ model, data, services: new ScoringDouble(), config, ...options });
    this.opened.push(objective);
    return objective;
  }

  async closeAll(): Promise<void> {
    for (const objective of this.opened.splice(0)) await objective[Symbol.asyncDispose]();
  }
}

/** Rewards of a component `text`. */
export const rewarding = (score: (row: RolloutRow) => RowScore): Partial<GrpoRunOptions> => ({
  services: new ScoringDouble({ text: { score } }),
});

/** Number of a rollout among those of its prompt. */
export const numberOf = ({ id }: RolloutRow): number => Number(id.split('/').at(-1));
