import type { ActName } from '../../pose/acts';
import { rgb } from '../../raster/raster';
import { type Director, face, type Staged } from '../director';
import type { Track } from '../track';

const METAL = rgb(96, 104, 116);
const WOOD = rgb(60, 48, 38);
const PAPER = rgb(236, 226, 190);
const PAINTS = [rgb(230, 40, 120), rgb(30, 190, 200), rgb(240, 130, 20)];
/** Front of the box, before its middle, and the height of its panel's middle. */
const FRONT = -0.34;
const PANEL = 1.28;

/** A box of the height of a person, somebody who comes up to it, and what they do there. */
function atBox(
  d: Director,
  act: ActName,
  lastingSec: number,
  tool: boolean,
): { main: Track; lasting: number; side: 1 | -1 } {
  const [x, z] = d.spot;
  d.prop('kiosk', METAL, [{ sec: 0, at: [x, 0, z] }]);
  const side = d.side();
  const at = d.beside(side * 0.75, -0.75);
  const lasting = d.lasting(lastingSec);
  const main = d.enter('main', side > 0 ? 'right' : 'left', at, d.onset);
  // At a slant, so that the camera sees the arms.
  main.for(act, lasting, face(at, d.beside(-side * 0.25, -0.35)));
  if (tool) d.prop('tool', WOOD, [{ sec: 0, at: [0, 0, 0], heldBy: main.id }]);
  d.beat(Math.max(0, d.onset - 1), `{${main.id}}`, 'walks up to the box');
  return { main, lasting, side };
}

function panel(d: Director): readonly [number, number, number] {
  return [d.spot[0], PANEL, d.spot[1] + FRONT];
}

function finish(d: Director, main: Track, lasting: number): Staged {
  d.beat(d.onset + lasting, `{${main.id}}`, '{leaves}');
  d.leave(main);
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}

export function vandalism(d: Director): Staged {
  const { main, lasting } = atBox(d, 'smash', d.random.uniform(2.4, 3.6), true);
  const keys = [];
  // Each blow leaves its mark at once.
  for (let blow = 1; blow * 0.8 < lasting + 0.4; blow += 1) {
    const sec = d.onset + blow * 0.8 - 0.55;
    keys.push({ sec, size: 0.14 * (blow - 1) }, { sec: sec + 0.05, size: 0.14 * blow });
  }
  d.effect('cracks', panel(d), keys);
  d.beat(d.onset, `{${main.id}}`, 'strikes the box from above the head');
  d.beat(d.onset + lasting / 2, 'the front of the box', 'cracks further with every blow');
  return finish(d, main, lasting);
}

export function graffiti(d: Director): Staged {
  const { main, lasting } = atBox(d, 'spray', d.random.uniform(2.6, 4), true);
  d.effect(
    'paint',
    panel(d),
    [
      { sec: d.onset + 0.2, size: 0.02 },
      { sec: d.onset + lasting, size: 0.9 },
    ],
    d.random.pick(PAINTS),
  );
  d.beat(d.onset, `{${main.id}}`, 'lifts an arm and sprays the box in arcs');
  d.beat(d.onset + lasting / 2, 'coloured lines', 'spread over the front');
  return finish(d, main, lasting);
}

export function cleaning(d: Director): Staged {
  const { main, lasting } = atBox(d, 'wipe', d.random.uniform(2.6, 4), true);
  d.effect(
    'paint',
    panel(d),
    [
      { sec: 0, size: 0.9 },
      { sec: d.onset + 0.2, size: 0.9 },
      { sec: d.onset + lasting, size: 0 },
    ],
    d.random.pick(PAINTS),
  );
  d.beat(0, 'coloured lines', 'cover the front of a box');
  d.beat(d.onset, `{${main.id}}`, 'wipes the front with slow strokes');
  d.beat(d.onset + lasting / 2, 'the lines', 'disappear bit by bit');
  return finish(d, main, lasting);
}

export function poster(d: Director): Staged {
  const { main, lasting } = atBox(d, 'mount', d.random.uniform(2, 3), false);
  const [x, , z] = panel(d);
  const mounted = d.onset + Math.min(1, lasting * 0.5);
  d.prop('poster', PAPER, [
    { sec: 0, at: [0, 0, 0], heldBy: main.id },
    { sec: mounted, at: [x, 0.95, z] },
  ]);
  d.beat(d.onset, `{${main.id}}`, 'holds a sheet against the box with both hands');
  d.beat(mounted, 'the sheet', 'stays on the front');
  return finish(d, main, lasting);
}
