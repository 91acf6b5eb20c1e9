import { LANES } from '../../render/background/places';
import type { Vehicle } from '../../script/scene-script';
import { VEHICLE_SIZE } from '../../render/vehicle';
import type { Director, Staged } from '../director';

type Keys = Vehicle['keys'];
/** Metres a second: slow enough to be seen coming. */
const SPEED = 4.2;
const { length: CAR } = VEHICLE_SIZE.car;

interface Lane {
  z: number;
  sense: number;
}

const laneOf = (d: Director): Lane => (d.brief.place.startsWith('near') ? LANES.near : LANES.far);
const yawOf = (sense: number): number => (sense * Math.PI) / 2;
/** x where a car is just out of sight on the side that it comes from, driving in `sense`. */
const startX = (d: Director, z: number, sense: number): number => d.across(z, -sense) - sense * (CAR / 2 + 0.3);

function sameLane(d: Director, lane: Lane) {
  const x = d.across(lane.z, d.brief.place.endsWith('left') ? -0.15 : 0.15);
  const yaw = yawOf(lane.sense);
  return { x, yaw, z: lane.z };
}

/** One drives up to a standing one. `gap` is left between the two at the onset, when the moving one is `speed` fast. */
function approach(d: Director, lane: Lane, gap: number): { standX: number; hitX: number; yaw: number; keys: Keys } {
  const { x, yaw } = sameLane(d, lane);
  const standX = x + (lane.sense * CAR) / 2;
  const hitX = standX - lane.sense * (CAR + gap);
  const keys: Keys = [{ sec: 0, at: [hitX - lane.sense * SPEED * d.onset, lane.z], yaw }];
  return { standX, hitX, yaw, keys };
}

export function collision(d: Director): Staged {
  const lane = laneOf(d);
  const { standX, hitX, yaw, keys } = approach(d, lane, -0.15);
  const { sense, z } = lane;
  const main = d.vehicle('main', [
    ...keys,
    { sec: d.onset, at: [hitX, z], yaw },
    { sec: d.onset + 0.35, at: [hitX + sense * 0.55, z], yaw: yaw + sense * 0.16 },
    { sec: d.onset + 0.8, at: [hitX + sense * 0.7, z], yaw: yaw + sense * 0.2 },
  ]);
  const other = d.vehicle('other', [
    { sec: 0, at: [standX, z], yaw },
    { sec: d.onset, at: [standX, z], yaw },
    { sec: d.onset + 0.3, at: [standX + sense * 1.1, z - 0.1], yaw: yaw - sense * 0.22 },
    { sec: d.onset + 1, at: [standX + sense * 1.7, z - 0.2], yaw: yaw - sense * 0.34 },
  ]);
  d.effect(
    'impact',
    [(standX + hitX) / 2, 0.3, z - 0.9],
    [
      { sec: d.onset, size: 0.2 },
      { sec: d.onset + 0.3, size: 0.9 },
      { sec: d.onset + 1.2, size: 1.3 },
      { sec: d.onset + 1.3, size: 0 },
    ],
  );
  const end = d.onset + d.lasting(2.2);
  d.beat(0, `{${other.id}}`, 'stands in the lane');
  d.beat(Math.max(0, d.onset - 0.8), `{${main.id}}`, 'comes up from behind without slowing down');
  d.beat(d.onset, `{${main.id}}`, `runs into {${other.id}}, which is thrown forward and turned`);
  d.beat(d.onset + 1, 'both cars', 'stand askew');
  return { startSec: d.onset, endSec: end, main: main.id };
}

export function stopping(d: Director): Staged {
  const lane = laneOf(d);
  const { sense, z } = lane;
  const brakingSec = 1.3;
  // Braking evenly, a car needs half the way that it would have gone.
  const way = (SPEED * brakingSec) / 2;
  const { standX, hitX, yaw } = approach(d, lane, 0.45 + d.random.uniform(0, 0.3));
  const brakeX = hitX - sense * way;
  const keys: { sec: number; at: [number, number]; yaw: number }[] = [
    { sec: 0, at: [brakeX - sense * SPEED * d.onset, z], yaw },
  ];
  for (let i = 0; i <= 6; i += 1) {
    const share = i / 6;
    keys.push({ sec: d.onset + share * brakingSec, at: [brakeX + sense * way * (2 * share - share * share), z], yaw });
  }
  const main = d.vehicle('main', keys);
  const other = d.vehicle('other', [{ sec: 0, at: [standX, z], yaw }]);
  d.beat(0, `{${other.id}}`, 'stands in the lane');
  d.beat(d.onset, `{${main.id}}`, 'comes up from behind and brakes');
  d.beat(d.onset + brakingSec, `{${main.id}}`, `stands with a gap to {${other.id}}, which has not moved`);
  return { startSec: d.onset, endSec: d.onset + d.lasting(2.2), main: main.id };
}

/** One car drives through a lane in `sense`; another one shows, before or after it, which way the lane's traffic goes. */
function through(d: Director, sense: 1 | -1): Staged {
  const lane = laneOf(d);
  const { z } = lane;
  const drive = (enterSec: number, way: number): Keys => {
    const from = startX(d, z, way);
    const to = startX(d, z, -way);
    const crossing = Math.abs(to - from) / SPEED;
    return [
      // Waits out of sight until its time has come.
      { sec: 0, at: [from - way * SPEED * enterSec, z], yaw: yawOf(way) },
      { sec: enterSec + crossing, at: [to, z], yaw: yawOf(way) },
      { sec: enterSec + crossing + 4, at: [to + way * SPEED * 4, z], yaw: yawOf(way) },
    ];
  };
  const crossing = Math.abs(startX(d, z, 1) - startX(d, z, -1)) / SPEED;
  const way = lane.sense * sense;
  const main = d.vehicle('main', drive(d.onset, way));
  const room = d.onset - crossing - 0.3;
  const otherSec = room > 0 ? d.random.uniform(0, room) : d.onset + crossing + 0.3;
  const other = d.vehicle('other', drive(otherSec, lane.sense), d.random.chance(0.5) ? 'van' : 'car');
  const from = way > 0 ? 'left' : 'right';
  const usual = lane.sense > 0 ? 'left' : 'right';
  d.beat(otherSec, `{${other.id}}`, `drives through the lane, from the ${usual}`);
  d.beat(d.onset, `{${main.id}}`, `comes into the same lane from the ${from}`);
  const end = Math.min(d.durationSec - 0.2, d.onset + crossing);
  d.beat(end - 0.4, `{${main.id}}`, 'leaves the picture on the other side');
  return { startSec: d.onset, endSec: end, main: main.id };
}

export const wrongWay = (d: Director): Staged => through(d, -1);
export const driving = (d: Director): Staged => through(d, 1);
