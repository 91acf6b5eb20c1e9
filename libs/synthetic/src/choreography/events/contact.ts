import { rgb } from '../../raster/raster';
import { type Director, face, type Staged } from '../director';
import type { Track } from '../track';

const BAG = rgb(86, 60, 36);
const PARCEL = rgb(196, 158, 106);

/** Two people walk up to each other; at the onset they stand face to face, `gap` metres apart. */
export function meet(d: Director, gap: number): { main: Track; other: Track } {
  const side = d.side();
  const [a, b] = [d.beside((side * gap) / 2), d.beside((-side * gap) / 2)];
  const main = d.enter('main', side > 0 ? 'right' : 'left', a, d.onset);
  const other = d.enter('other', side > 0 ? 'left' : 'right', b, d.onset);
  main.facing = face(a, b);
  other.facing = face(b, a);
  d.beat(Math.max(0, d.onset - 1), `{${main.id}} and {${other.id}}`, 'walk up to each other');
  return { main, other };
}

export function fighting(d: Director): Staged {
  const { main, other } = meet(d, 0.72);
  const lasting = d.lasting(d.random.uniform(2.4, 4));
  const end = d.onset + lasting;
  // The two drive each other back and forth.
  const [faceA, faceB] = [main.facing, other.facing];
  const rounds = Math.max(2, Math.round(lasting / 0.9));
  for (let round = 1; round <= rounds; round += 1) {
    const sec = d.onset + (lasting * round) / rounds;
    const shift = (round % 2 === 0 ? 0.22 : -0.22) * Math.sign(other.at[0] - main.at[0]);
    main.move(round % 3 === 0 ? 'flinch' : 'punch', [main.at[0] + shift, main.at[1]], sec, faceA);
    other.move(round % 3 === 1 ? 'flinch' : 'punch', [other.at[0] + shift, other.at[1]], sec, faceB);
  }
  d.beat(d.onset, `{${main.id}}`, `strikes at {${other.id}}, who strikes back`);
  d.beat(d.onset + lasting / 2, 'the blows', 'go back and forth with quick arms');
  d.beat(end, 'the two', `let go of each other and {${main.id}} {leaves}`);
  d.leave(main);
  d.goOff(other, d.elsewhere());
  return { startSec: d.onset, endSec: end, main: main.id };
}

export function hugging(d: Director): Staged {
  const { main, other } = meet(d, 0.42);
  const lasting = d.lasting(d.random.uniform(2, 3.4));
  main.for('hug', lasting, main.facing);
  other.for('hug', lasting, other.facing);
  d.beat(d.onset, `{${main.id}} and {${other.id}}`, 'put their arms around each other');
  d.beat(d.onset + lasting / 2, 'the two', 'stand still in the embrace');
  d.beat(d.onset + lasting, 'the two', `part and {${main.id}} {leaves}`);
  d.leave(main);
  d.goOff(other, d.elsewhere());
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}

export function robbery(d: Director): Staged {
  const { main, other } = meet(d, 0.75);
  const lasting = d.lasting(2.4);
  const taken = d.onset + 0.4;
  d.prop('bag', BAG, [
    { sec: 0, at: [0, 0, 0], heldBy: other.id },
    { sec: taken, at: [0, 0, 0], heldBy: main.id },
  ]);
  main.for('snatch', 0.7, main.facing);
  other.for('flinch', 0.9, other.facing).for('wave', 1.2).stay('stand');
  d.beat(d.onset, `{${main.id}}`, `lunges and tears the bag away from {${other.id}}`);
  d.beat(taken + 0.5, `{${main.id}}`, '{leaves} running, bag in hand');
  d.beat(taken + 1, `{${other.id}}`, 'stays behind and waves an arm');
  d.leave(main, 'run');
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}

export function handover(d: Director): Staged {
  const { main, other } = meet(d, 0.85);
  const lasting = d.lasting(2);
  const given = d.onset + lasting * 0.55;
  d.prop('parcel', PARCEL, [
    { sec: 0, at: [0, 0, 0], heldBy: main.id },
    { sec: given, at: [0, 0, 0], heldBy: other.id },
  ]);
  main.for('give', lasting, main.facing);
  other.for('stand', lasting * 0.3, other.facing).for('give', lasting * 0.7);
  d.beat(d.onset, `{${main.id}}`, 'holds a parcel out');
  d.beat(given, `{${other.id}}`, 'takes the parcel');
  d.beat(d.onset + lasting, `{${main.id}}`, '{leaves} without the parcel, at a walk');
  d.leave(main);
  d.goOff(other, d.elsewhere(), 'carry');
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}
