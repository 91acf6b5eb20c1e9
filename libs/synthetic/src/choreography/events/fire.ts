import { rgb } from '../../raster/raster';
import { type Director, face, type Staged } from '../director';
import type { Track } from '../track';

const IRON = rgb(58, 56, 56);

/** A grill with somebody at it: all four kinds begin like this. */
function grillWithKeeper(d: Director): { keeper: Track; top: readonly [number, number, number] } {
  const [x, z] = d.spot;
  d.prop('grill', IRON, [{ sec: 0, at: [x, 0, z] }]);
  const side = -d.outer;
  const keeper = d.standing('other', d.beside(side * 0.85, 0.1));
  keeper.until('tend', d.onset, face(keeper.at, d.spot));
  d.beat(0, `{${keeper.id}}`, 'stands at a grill');
  return { keeper, top: [x, 0.85, z - 0.1] };
}

/** A flame that burns all the time, in every kind: its being there says nothing. */
function pilotFlame(d: Director, [x, y, z]: readonly [number, number, number], untilSec: number): void {
  d.effect(
    'flame',
    [x, y, z],
    [
      { sec: 0, size: 0.3 },
      { sec: untilSec, size: 0.34 },
      { sec: untilSec + 0.05, size: 0 },
    ],
  );
}

export function fire(d: Director): Staged {
  const { keeper, top } = grillWithKeeper(d);
  const end = d.onset + d.lasting(4.5);
  d.effect('flame', top, [
    { sec: 0, size: 0.3 },
    { sec: d.onset, size: 0.34 },
    { sec: d.onset + 0.8, size: 0.8 },
    { sec: end, size: 1.7 },
    { sec: d.durationSec, size: 1.9 },
  ]);
  d.effect(
    'smoke',
    [top[0], top[1] + 0.7, top[2] + 0.1],
    [
      { sec: d.onset + 0.3, size: 0.1 },
      { sec: end, size: 1 },
    ],
  );
  keeper.for('flinch', 0.8);
  d.goOff(keeper, d.elsewhere(), 'run');
  d.beat(d.onset, 'the flames', 'grow out of the grill');
  d.beat(d.onset + 0.8, `{${keeper.id}}`, 'jumps back and runs away');
  d.beat(end - 0.3, 'the fire', 'is as high as a person and smokes');
  return { startSec: d.onset, endSec: end, main: null };
}

export function grill(d: Director): Staged {
  const { keeper, top } = grillWithKeeper(d);
  const end = d.onset + d.lasting(3);
  pilotFlame(d, top, d.durationSec);
  // Somebody comes for a bite, so that something happens at the onset here too.
  const guest = d.enter('other', d.elsewhere(), d.beside(Math.sign(d.spot[0] - keeper.at[0]) * 0.9, 0.2), d.onset);
  guest.until('give', end, face(guest.at, d.spot));
  d.goOff(guest, d.elsewhere());
  keeper.stay('tend');
  d.beat(d.onset, `{${guest.id}}`, 'comes to the grill and holds out a hand');
  d.beat(end, `{${guest.id}}`, 'leaves, with the flame as small as before');
  return { startSec: d.onset, endSec: end, main: null };
}

export function explosion(d: Director): Staged {
  const { keeper, top } = grillWithKeeper(d);
  const end = d.onset + d.lasting(2.6);
  pilotFlame(d, top, d.onset);
  d.effect(
    'blast',
    [top[0], top[1] + 0.3, top[2]],
    [
      { sec: d.onset, size: 0.5 },
      { sec: d.onset + 0.25, size: 1.4 },
      { sec: d.onset + 0.7, size: 1.6 },
      { sec: d.onset + 1.1, size: 0 },
    ],
  );
  d.effect(
    'flash',
    [top[0], 1, top[2]],
    [
      { sec: d.onset, size: 1 },
      { sec: d.onset + 0.4, size: 0.5 },
      { sec: d.onset + 0.8, size: 0 },
    ],
  );
  d.effect(
    'smoke',
    [top[0], 0.7, top[2]],
    [
      { sec: d.onset + 0.4, size: 0.5 },
      { sec: end, size: 1.5 },
    ],
  );
  const away = Math.sign(keeper.at[0] - d.spot[0]);
  keeper.facing = face(keeper.at, d.spot);
  keeper.move('fall-back', [keeper.at[0] + away * 0.8, keeper.at[1]], d.onset + 0.7);
  keeper.stay('lie-back');
  d.beat(d.onset, 'the grill', 'bursts in a ball of fire');
  d.beat(d.onset + 0.3, 'the blast', `throws {${keeper.id}} to the ground`);
  d.beat(d.onset + 1, 'a dark cloud of smoke', 'stands over the place');
  return { startSec: d.onset, endSec: end, main: null };
}

export function lightFlash(d: Director): Staged {
  const { keeper, top } = grillWithKeeper(d);
  const lasting = d.lasting(d.random.uniform(1.4, 2.4));
  pilotFlame(d, top, d.durationSec);
  d.effect(
    'flash',
    [d.spot[0], 2.1, d.spot[1]],
    [
      { sec: d.onset, size: 0.2 },
      { sec: d.onset + 0.1, size: 1.1 },
      { sec: d.onset + lasting - 0.1, size: 0.9 },
      { sec: d.onset + lasting, size: 0 },
    ],
  );
  keeper.stay('tend');
  d.beat(d.onset, 'a lamp above the grill', 'goes on brightly');
  d.beat(d.onset + lasting, 'the lamp', 'goes off again, without any harm done');
  return { startSec: d.onset, endSec: d.onset + lasting, main: null };
}
