import { personAt } from '../pose/person-at';
import { Projector } from '../script/camera';
import type { PersonActor, SceneScript } from '../script/scene-script';

const STEP_SEC = 0.1;
/** Share of the picture's sides that does not count as "in the picture". */
const MARGIN = 0.03;

export interface Entry {
  person: PersonActor;
  /** First moment in the picture; 0 for those who are there from the start. Infinity: never. */
  sec: number;
}

/** When each person comes into view: the middle of the body inside the picture. */
export function entriesOf(script: SceneScript): Entry[] {
  const { width, height, durationSec } = script.video;
  const projector = new Projector(script.camera, width, height);
  const visible = (person: PersonActor, sec: number): boolean => {
    const state = personAt(person, sec);
    if (state === null) return false;
    projector.project(state.x, 0.9, state.z);
    const { x, y } = projector;
    return x > width * MARGIN && x < width * (1 - MARGIN) && y > 0 && y < height * (1 - MARGIN);
  };
  return script.people.map((person) => {
    for (let sec = 0; sec < durationSec; sec += STEP_SEC) if (visible(person, sec)) return { person, sec };
    return { person, sec: Infinity };
  });
}
