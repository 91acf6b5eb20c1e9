import { rgb } from '../../raster/raster';
import type { Prop } from '../../script/scene-script';
import { type Director, face, type Staged } from '../director';
import type { Track } from '../track';

const COLORS = [rgb(70, 44, 28), rgb(34, 40, 66), rgb(120, 40, 40), rgb(52, 70, 48)];

/**
 * The owner brings a bag, puts it down at the spot and stands beside it. Where there is little time the bag already stands.
 * @returns the bag's keys so far, to be continued
 */
function bagPutDown(d: Director, role: Track['role']): { owner: Track; keys: Prop['keys'][number][]; side: 1 | -1 } {
  const side = d.side();
  const at = d.beside(side * 0.5);
  const onGround = { at: [d.spot[0], 0, d.spot[1] - 0.1] as const };
  const putSec = d.onset - d.random.uniform(1.6, 2.6);
  if (putSec < 0.8) {
    const owner = d.standing(role, at);
    owner.until('stand', d.onset, face(at, d.spot));
    d.beat(0, `{${owner.id}}`, 'stands beside a bag');
    return { owner, keys: [{ sec: 0, ...onGround }], side };
  }
  const owner = d.enter(role, side > 0 ? 'right' : 'left', at, putSec - 0.5);
  owner.for('stoop', 1, face(at, d.spot)).until('look', d.onset);
  d.beat(putSec, `{${owner.id}}`, 'puts a bag down');
  return {
    owner,
    keys: [
      { sec: 0, at: [0, 0, 0], heldBy: owner.id },
      { sec: putSec, ...onGround },
    ],
    side,
  };
}

/** Somebody who comes near the bag at the onset. */
function visitor(d: Director, role: Track['role'], side: 1 | -1, away: number): Track {
  const to = d.beside(-side * 0.55, away);
  return d.enter(role, side > 0 ? 'left' : 'right', to, d.onset);
}

function bag(d: Director, keys: Prop['keys']): void {
  d.prop('bag', d.random.pick(COLORS), keys);
}

export function theft(d: Director): Staged {
  const { owner, keys, side } = bagPutDown(d, 'other');
  const main = visitor(d, 'main', side, 0);
  bag(d, [...keys, { sec: d.onset + 0.5, at: [0, 0, 0], heldBy: main.id }]);
  main.for('stoop', 0.9, face(main.at, d.spot));
  owner
    .for('look', 1.6, owner.facing + Math.PI)
    .for('wave', 1.5, owner.facing)
    .stay('stand');
  d.beat(d.onset, `{${main.id}}`, 'comes up and grabs the bag');
  d.beat(d.onset + 1, `{${main.id}}`, '{leaves} with it at a run');
  d.beat(d.onset + 1.7, `{${owner.id}}`, 'notices too late and waves');
  d.leave(main, 'run');
  return { startSec: d.onset, endSec: d.onset + d.lasting(2.8), main: main.id };
}

export function fetching(d: Director): Staged {
  const { owner, keys, side } = bagPutDown(d, 'other');
  const main = visitor(d, 'main', side, 0);
  bag(d, [...keys, { sec: d.onset + 0.5, at: [0, 0, 0], heldBy: main.id }]);
  main.for('stoop', 1, face(main.at, d.spot));
  owner.for('stand', 1, face(owner.at, main.at));
  d.beat(d.onset, `{${main.id}}`, `joins {${owner.id}} and picks up the bag`);
  d.beat(d.onset + 1, 'both', `walk off side by side, and {${main.id}} {leaves}`);
  d.leave(main);
  const ending = d.brief.ending ?? 'stays';
  if (ending === 'stays') owner.stay('stand');
  else d.goOff(owner, ending);
  return { startSec: d.onset, endSec: d.onset + d.lasting(2.8), main: main.id };
}

export function abandonedObject(d: Director): Staged {
  const { owner, keys, side } = bagPutDown(d, 'main');
  bag(d, keys);
  const passer = visitor(d, 'other', side, 0.9);
  passer.for('look', 1.5).stay('stand');
  owner.for('look', 0.9);
  d.leave(owner);
  d.beat(d.onset, `{${owner.id}}`, 'looks around');
  d.beat(d.onset + 0.9, `{${owner.id}}`, '{leaves}, with the bag still on the ground');
  return { startSec: d.onset, endSec: d.onset + d.lasting(4), main: owner.id };
}

export function resting(d: Director): Staged {
  const { owner, keys, side } = bagPutDown(d, 'main');
  bag(d, [...keys, { sec: d.onset + 0.5, at: [0, 0, 0], heldBy: owner.id }]);
  const passer = visitor(d, 'other', side, 0.9);
  passer.for('look', 1.5).stay('stand');
  owner.for('stoop', 1, face(owner.at, d.spot));
  d.leave(owner);
  d.beat(d.onset, `{${owner.id}}`, 'bends down and picks the bag up again');
  d.beat(d.onset + 1, `{${owner.id}}`, '{leaves} with the bag');
  return { startSec: d.onset, endSec: d.onset + d.lasting(2.4), main: owner.id };
}
