import { Random } from '../random/random';
import { EVENT_KINDS, type EventKind, isNormal, KINDS } from '../script/kinds';
import { OPTION_SETS } from '../script/option-sets';
import { PLACES, type SceneScript } from '../script/scene-script';
import { onsetIn } from '../plan/onset';
import { personAt } from '../pose/person-at';
import { type ClipOrder, composeScene } from './compose';
import { REPERTOIRE } from './repertoire';

function orderOf(kind: EventKind, i: number): ClipOrder {
  const scenes =
    OPTION_SETS.find((set) => set.kinds.includes(kind))?.scenes.filter((scene) => scene !== 'footage') ?? [];
  const frames = [64, 80, 128, 240][i % 4] as number;
  const { endings } = REPERTOIRE[kind];
  return {
    id: `clip-${i}`,
    seed: `compose/${kind}/${i}`,
    kind,
    scene: scenes[i % scenes.length] ?? 'street',
    place: PLACES[i % 4] ?? 'near-left',
    onsetSec: onsetIn(frames / 8, Math.floor(i / 4) % 4, (i % 10) / 10),
    ending: endings === null ? null : (endings[i % 4] ?? null),
    palette: ['red', 'blue', 'green', 'white'],
    mainColor: 'green',
    video: { width: 112, height: 112, fps: 8, frames },
  };
}

const scriptOf = (kind: EventKind, i: number): SceneScript => {
  const order = orderOf(kind, i);
  return composeScene(order, new Random(order.seed));
};

const sameTime = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

describe.each(EVENT_KINDS)('%s', (kind) => {
  const scripts = Array.from({ length: 16 }, (_, i) => scriptOf(kind, i));

  it('is the same again', () => {
    expect(scriptOf(kind, 5)).toEqual(scripts[5]);
  });

  it('has no number that JSON cannot hold', () => {
    for (const script of scripts) {
      const text = JSON.stringify(script);
      expect(JSON.parse(text)).toEqual(script);
      expect(text).not.toContain('"x":null');
    }
  });

  it('happens inside its clip, and begins where it was planned', () => {
    for (const [i, script] of scripts.entries()) {
      const { startSec, endSec } = script.event;
      expect(startSec).toBeCloseTo(orderOf(kind, i).onsetSec, 3);
      expect(endSec - startSec).toBeGreaterThan(0.9);
      expect(endSec).toBeLessThanOrEqual(script.video.durationSec);
      for (const { sec } of script.beats) {
        expect(sec).toBeGreaterThanOrEqual(0);
        expect(sec).toBeLessThanOrEqual(script.video.durationSec);
      }
    }
  });

  it('lets nobody jump, in place or time', () => {
    const jumps: string[] = [];
    for (const { people, video } of scripts) {
      for (const { id, acts } of people) {
        for (const [i, act] of acts.entries()) {
          const before = acts[i - 1];
          const lasts = act.endSec - act.startSec;
          const speed = Math.hypot(act.to[0] - act.from[0], act.to[1] - act.from[1]) / lasts;
          const follows =
            before === undefined ? act.startSec === 0 : sameTime(before.endSec, act.startSec) && before.to === act.from;
          if (!(lasts > 0 && speed < 6 && follows && act.endSec <= video.durationSec + 1e-6)) {
            jumps.push(`${id} ${act.act} at ${act.startSec}`);
          }
        }
      }
    }
    expect(jumps).toEqual([]);
  });

  it('keeps people finite, within reach and before the wall', () => {
    const lost: string[] = [];
    for (const { people, video } of scripts.slice(0, 8)) {
      for (const person of people) {
        for (let sec = 0; sec < video.durationSec; sec += 0.37) {
          const state = personAt(person, sec);
          if (state === null) continue;
          const { x, z, heading, pose } = state;
          // Those who are still on their way from far outside are out of sight, also behind the camera.
          if (!([x, z, heading, ...pose].every(Number.isFinite) && Math.hypot(x, z) < 60 && z < 16)) {
            lost.push(`${person.id} at ${sec}: ${x}, ${z}`);
          }
        }
      }
    }
    expect(lost).toEqual([]);
  });

  it('dresses the main one as planned and nobody else alike', () => {
    for (const { people, vehicles } of scripts) {
      const cars = vehicles.filter(({ role }) => role === 'main').map(({ color }) => color);
      const main = people.filter(({ role }) => role === 'main').map(({ look }) => look.top);
      expect([...cars, ...main]).toEqual(cars.length + main.length === 0 ? [] : ['green']);
      const named = people.map(({ look }) => look.top).filter((top) => top !== 'grey' && top !== 'brown');
      expect(new Set(named).size).toBe(named.length);
    }
  });

  it('has the main person leave as planned', () => {
    for (const [i, script] of scripts.entries()) {
      const main = script.people.find(({ role }) => role === 'main');
      const { ending } = orderOf(kind, i);
      const last = main?.acts.at(-1);
      // Short clips end before everybody is where they go to.
      if (main === undefined || last === undefined || script.video.durationSec - script.event.startSec < 6) continue;
      const moves = main.acts.filter((act) => Math.hypot(act.to[0] - act.from[0], act.to[1] - act.from[1]) > 0.4);
      const way = moves.at(-1);
      if (ending === 'stays')
        expect(Math.hypot(last.to[0] - last.from[0], last.to[1] - last.from[1])).toBeLessThan(0.5);
      if (ending === 'left') expect((way?.to[0] ?? 0) - (way?.from[0] ?? 0)).toBeLessThan(-0.4);
      if (ending === 'right') expect((way?.to[0] ?? 0) - (way?.from[0] ?? 0)).toBeGreaterThan(0.4);
      if (ending === 'near') expect((way?.to[1] ?? 0) - (way?.from[1] ?? 0)).toBeLessThan(-0.4);
      if (ending === 'far') expect((way?.to[1] ?? 0) - (way?.from[1] ?? 0)).toBeGreaterThan(0.4);
    }
  });
});

it('knows at least twelve anomalies, each with a normal look-alike in a common set', () => {
  const anomalies = EVENT_KINDS.filter((kind) => !isNormal(kind));
  expect(anomalies.length).toBeGreaterThanOrEqual(12);
  for (const kind of anomalies) {
    const { lookAlike } = KINDS[kind];
    expect(isNormal(lookAlike)).toBe(true);
    expect(OPTION_SETS.some(({ kinds }) => kinds.includes(kind) && kinds.includes(lookAlike))).toBe(true);
  }
});
