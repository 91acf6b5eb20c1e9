import { type Act, type PersonActor, type PersonLook, type Point } from '../script/scene-script';
import { distance, headingOf } from '../script/camera';
import type { ActName } from '../pose/acts';

/** Metres a second. */
export const SPEED = { walk: 1.3, carry: 1.1, stagger: 0.9, run: 3.3 } as const;
export type Gait = keyof typeof SPEED;

/** One person's acts, written one after another from the clip's first moment on. */
export class Track {
  readonly acts: Act[] = [];
  sec = 0;
  facing = 0;

  /**
   * @param endSec when the clip is over; what would come later is left out
   */
  constructor(
    readonly id: string,
    readonly role: PersonActor['role'],
    public at: Point,
    private readonly endSec: number,
  ) {}

  /** Goes straight to a point at the gait's own speed. */
  go(gait: Gait, to: Point, speed: number = SPEED[gait]): this {
    return this.arrive(gait, to, this.sec + distance(this.at, to) / speed);
  }

  /** Is at `to` at `sec`, having started now. */
  arrive(gait: Gait, to: Point, sec: number): this {
    return this.move(gait, to, sec, distance(this.at, to) > 0.01 ? headingOf(this.at, to) : this.facing);
  }

  /** Moves while doing something else than walking, such as climbing. */
  move(act: ActName, to: Point, sec: number, facing = this.facing): this {
    const end = Math.min(sec, this.endSec);
    if (end <= this.sec + 1e-6) return this;
    const share = (end - this.sec) / (sec - this.sec);
    const reached: Point = [this.at[0] + (to[0] - this.at[0]) * share, this.at[1] + (to[1] - this.at[1]) * share];
    this.facing = facing;
    this.acts.push({ act, startSec: this.sec, endSec: end, from: this.at, to: reached, facing });
    this.at = reached;
    this.sec = end;
    return this;
  }

  /** Does something on the spot. */
  for(act: ActName, durationSec: number, facing = this.facing): this {
    return this.move(act, this.at, this.sec + durationSec, facing);
  }

  until(act: ActName, sec: number, facing = this.facing): this {
    return sec <= this.sec ? this : this.move(act, this.at, sec, facing);
  }

  /** Does it to the end of the clip. */
  stay(act: ActName, facing = this.facing): this {
    return this.until(act, this.endSec, facing);
  }

  person(look: PersonLook): PersonActor {
    return { id: this.id, role: this.role, look, acts: this.acts };
  }
}
