import { rgb } from '../../raster/raster';
import { type Director, face, type Staged } from '../director';
import type { Track } from '../track';

const CARDBOARD = rgb(178, 138, 86);
const WOOD = rgb(60, 48, 38);
const DROP_FROM_M = 4.6;

/** Somebody who stands near the spot, in the kinds where nobody needs to act. */
function witness(d: Director, side: 1 | -1): Track {
  const to = d.beside(side * 0.95, 0.3);
  return d.enter('other', side > 0 ? 'right' : 'left', to, Math.max(0.4, d.onset - 0.2));
}

export function fallingObject(d: Director): Staged {
  const side = d.side();
  const [x, z] = d.spot;
  const fallSec = 0.8;
  // Constant acceleration, in straight pieces.
  const keys = Array.from({ length: 7 }, (_, i) => {
    const share = i / 6;
    return { sec: d.onset + share * fallSec, at: [x, DROP_FROM_M * (1 - share * share), z] as const, turn: share * 2 };
  });
  d.prop('box', CARDBOARD, keys, { fromSec: d.onset });
  const landed = d.onset + fallSec;
  d.effect(
    'impact',
    [x, 0.1, z - 0.3],
    [
      { sec: landed, size: 0.2 },
      { sec: landed + 0.3, size: 0.7 },
      { sec: landed + 0.9, size: 1 },
      { sec: landed + 1, size: 0 },
    ],
  );
  const other = witness(d, side);
  other.until('stand', landed - 0.2, face(other.at, d.spot)).for('cower', 1.2);
  d.goOff(other, d.elsewhere(), 'run');
  d.beat(d.onset, 'a box', 'comes down from above');
  d.beat(landed, 'the box', `hits the ground beside {${other.id}}`);
  d.beat(landed + 0.2, `{${other.id}}`, 'cowers and then runs off');
  return { startSec: d.onset, endSec: d.onset + d.lasting(2), main: null };
}

export function settingDown(d: Director): Staged {
  const side = d.side();
  const main = d.enter('main', side > 0 ? 'right' : 'left', d.beside(side * 0.55), d.onset, 'carry');
  const down = d.onset + 0.75;
  d.prop('box', CARDBOARD, [
    { sec: 0, at: [0, 0, 0], heldBy: main.id },
    { sec: down, at: [d.spot[0], 0, d.spot[1]] },
  ]);
  main.for('stoop', 1.5, face(main.at, d.spot));
  d.beat(Math.max(0, d.onset - 1), `{${main.id}}`, 'carries a box');
  d.beat(d.onset, `{${main.id}}`, 'bends down with the box');
  d.beat(down, 'the box', 'stands on the ground');
  d.beat(d.onset + 1.5, `{${main.id}}`, '{leaves}');
  d.leave(main);
  return { startSec: d.onset, endSec: d.onset + d.lasting(1.6), main: main.id };
}

export function waterLeak(d: Director): Staged {
  const [x, z] = d.spot;
  const end = d.onset + d.lasting(4.5);
  d.effect(
    'puddle',
    [x, 0, z],
    [
      { sec: 0, size: 0.25 },
      { sec: d.onset, size: 0.3 },
      { sec: end, size: 1.5 },
    ],
  );
  const side = d.side();
  const other = witness(d, side);
  other.for('look', 1.4, face(other.at, d.spot));
  d.goOff(other, d.elsewhere());
  d.beat(d.onset, 'a small puddle', 'begins to spread');
  d.beat((d.onset + end) / 2, 'the puddle', `is twice as large, and {${other.id}} turns away from it`);
  d.beat(end - 0.2, 'the water', 'covers a wide patch of the ground');
  return { startSec: d.onset, endSec: end, main: null };
}

export function mopping(d: Director): Staged {
  const [x, z] = d.spot;
  const end = d.onset + d.lasting(4);
  const side = d.side();
  d.effect(
    'puddle',
    [x, 0, z],
    [
      { sec: 0, size: 1.3 },
      { sec: d.onset, size: 1.3 },
      { sec: end, size: 0.15 },
    ],
  );
  const main = d.enter('main', side > 0 ? 'right' : 'left', d.beside(side * 0.8, 0.1), d.onset);
  d.prop('tool', WOOD, [{ sec: 0, at: [0, 0, 0], heldBy: main.id }]);
  main.move('mop', d.beside(side * 0.35, 0.1), end, face(main.at, d.spot));
  d.beat(0, 'a wide puddle', 'lies on the ground');
  d.beat(d.onset, `{${main.id}}`, 'mops from side to side');
  d.beat((d.onset + end) / 2, 'the puddle', 'is half as large');
  d.beat(end, 'the puddle', `is all but gone and {${main.id}} {leaves}`);
  d.leave(main);
  return { startSec: d.onset, endSec: end, main: main.id };
}
