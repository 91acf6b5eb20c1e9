import { rgb } from '../../raster/raster';
import { type Director, face, type Staged } from '../director';
import type { Track } from '../track';

const RED = rgb(168, 44, 40);
/** In front of and behind the barrier, metres. */
const FRONT = -0.6;

/** A closed barrier with a gate in its middle; `opens` swings the gate. */
function barrier(d: Director, opens?: { fromSec: number; toSec: number }): void {
  const [x, z] = d.spot;
  d.prop('barrier', RED, [{ sec: 0, at: [x, 0, z] }]);
  const at = [x, 0, z] as const;
  const shut = { sec: 0, at, turn: 0 };
  d.prop(
    'gate',
    RED,
    opens === undefined
      ? [shut]
      : [
          shut,
          { ...shut, sec: opens.fromSec },
          { sec: opens.fromSec + 0.7, at, turn: 1.3 },
          { sec: opens.toSec, at, turn: 1.3 },
          { sec: opens.toSec + 0.7, at, turn: 0 },
        ],
  );
}

/** Somebody else who goes by in front. */
function passer(d: Director): Track {
  const side = d.random.pick(['left', 'right'] as const);
  const track = d.enter('other', side, d.beside(0, -1.7), d.onset + d.random.uniform(0.3, 1.2));
  d.goOff(track, side === 'left' ? 'right' : 'left');
  return track;
}

export function intrusion(d: Director): Staged {
  barrier(d);
  const over = d.side() * 1.3;
  const main = d.enter('main', d.random.pick(['left', 'right', 'near'] as const), d.beside(over, FRONT), d.onset);
  main.move('climb', d.beside(over, 0.7), d.onset + 1.5, 0);
  main.go('walk', d.beside(over, 1.6));
  d.leave(main, 'walk', 'look');
  passer(d);
  d.beat(d.onset, `{${main.id}}`, 'gets hold of the barrier and climbs over it');
  d.beat(d.onset + 1.5, `{${main.id}}`, 'is inside the closed area');
  d.beat(d.onset + 2.4, `{${main.id}}`, '{leaves}');
  return { startSec: d.onset, endSec: d.onset + d.lasting(2.6), main: main.id };
}

export function gateEntry(d: Director): Staged {
  barrier(d, { fromSec: d.onset, toSec: d.onset + 2 });
  const main = d.enter('main', d.random.pick(['left', 'right', 'near'] as const), d.beside(0, FRONT), d.onset);
  main.for('give', 0.6, 0);
  main.arrive('walk', d.beside(0, 1.6), d.onset + 2.2);
  d.leave(main, 'walk', 'look');
  passer(d);
  d.beat(d.onset, `{${main.id}}`, 'opens the gate in the barrier');
  d.beat(d.onset + 1.2, `{${main.id}}`, 'walks through the gate');
  d.beat(d.onset + 2.4, `{${main.id}}`, '{leaves}');
  return { startSec: d.onset, endSec: d.onset + d.lasting(2.4), main: main.id };
}

export function loitering(d: Director): Staged {
  barrier(d);
  const side = d.side();
  const lasting = d.lasting(d.random.uniform(4, 6));
  const main = d.enter('main', side > 0 ? 'right' : 'left', d.beside(side * 1.1, FRONT), d.onset);
  let turns = 0;
  while (main.sec < d.onset + lasting - 0.6) {
    turns += 1;
    main.go('walk', d.beside((turns % 2 === 0 ? side : -side) * 1.1, FRONT), 1.7);
    main.for('look', 0.25, 0);
  }
  d.leave(main);
  passer(d);
  d.beat(d.onset, `{${main.id}}`, 'walks along the barrier and turns round');
  d.beat(d.onset + lasting / 2, `{${main.id}}`, 'paces back and forth again');
  d.beat(main.sec, `{${main.id}}`, '{leaves}');
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}

export function waiting(d: Director): Staged {
  barrier(d);
  const side = d.side();
  const lasting = d.lasting(d.random.uniform(2.5, 4));
  const at = d.beside(side * 0.6, FRONT);
  const main = d.enter('main', side > 0 ? 'right' : 'left', at, d.onset);
  const friend = d.enter('other', side > 0 ? 'left' : 'right', d.beside(-side * 0.3, FRONT), d.onset + lasting);
  main.until('stand', d.onset + lasting, face(at, [at[0], at[1] - 1]));
  main.for('wave', 0.5, face(at, friend.at));
  friend.for('wave', 0.5);
  d.leave(main);
  const ending = d.brief.ending ?? 'stays';
  if (ending === 'stays') friend.stay('stand');
  else d.goOff(friend, ending);
  d.beat(d.onset, `{${main.id}}`, 'stops at the barrier and stands still');
  d.beat(d.onset + lasting, `{${friend.id}}`, `comes up and greets {${main.id}}`);
  d.beat(d.onset + lasting + 0.5, `{${main.id}}`, `{leaves}, and {${friend.id}} with them`);
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}
