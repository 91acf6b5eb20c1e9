import { LANES } from '../render/background/places';
import type { KindGroup } from '../script/kinds';
import { face, type Director } from './director';

/** How far from the spot others keep, metres. */
const CLEAR_M = 1.7;

/** People, and in traffic a car, who have nothing to do with the event. */
export function addBystanders(d: Director, group: KindGroup): void {
  const { random } = d;
  if (group === 'traffic') {
    const lane = d.brief.place.startsWith('near') ? LANES.far : LANES.near;
    const from = d.across(lane.z, -lane.sense) - lane.sense * 2.2;
    const startSec = random.uniform(0, d.durationSec * 0.7);
    const yaw = (lane.sense * Math.PI) / 2;
    const at = (sec: number): [number, number] => [from + lane.sense * 4 * (sec - startSec), lane.z];
    d.vehicle('bystander', [
      { sec: 0, at: at(0), yaw },
      { sec: d.durationSec, at: at(d.durationSec), yaw },
    ]);
  }
  const rows = group === 'traffic' ? [5, 12.7] : d.brief.ground.rows;
  const free = rows.filter((z) => group === 'traffic' || Math.abs(z - d.spot[1]) > CLEAR_M);
  const count = group === 'crowd' ? 0 : 1 + random.integer(2);
  for (const z of random.shuffled(free).slice(0, count)) {
    const side = random.pick(['left', 'right'] as const);
    const to = side === 'left' ? 'right' : 'left';
    const across = random.uniform(-0.8, 0.8);
    const here = [d.across(z, across), z] as const;
    const track = d.enter('bystander', side, here, random.uniform(0.3, d.durationSec * 0.8));
    // Half of them stop for a while.
    if (random.chance(0.5))
      track.for(random.pick(['stand', 'look'] as const), random.uniform(1.5, 5), face(here, d.spot));
    d.goOff(track, to);
  }
}
