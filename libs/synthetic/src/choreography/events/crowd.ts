import type { Direction, Point } from '../../script/scene-script';
import { type Director, face, type Staged } from '../director';
import { SPEED, type Track } from '../track';

const AROUND: readonly Point[] = [
  [0, 0],
  [-0.9, 0.7],
  [0.9, 0.6],
  [0.1, 1.4],
];

/** Four people who stroll around the spot until the onset. */
function strollers(d: Director, role: Track['role']): Track[] {
  return AROUND.map(([right, away], i) => {
    const to = d.beside(right + d.random.uniform(-0.2, 0.2), away - 0.5);
    const from = d.random.pick<Direction>(i % 2 === 0 ? ['left', 'near'] : ['right', 'near']);
    return d.enter(role, from, to, d.onset);
  });
}

export function panic(d: Director): Staged {
  const people = strollers(d, 'other');
  const away: Direction[] = d.random.shuffled(['left', 'right', 'near', 'far']);
  people.forEach((track, i) => {
    track.for('flinch', 0.15 + 0.1 * i);
    d.goOff(track, away[i] ?? 'left', 'run');
  });
  d.beat(Math.max(0, d.onset - 1), 'several people', 'stroll about');
  d.beat(d.onset, 'all of them', 'start and run at the same moment');
  d.beat(d.onset + 1.2, 'the people', 'run in different directions and leave the place empty');
  return { startSec: d.onset, endSec: d.onset + d.lasting(2.6), main: null };
}

export function gathering(d: Director): Staged {
  const people = strollers(d, 'other');
  const middle = d.beside(0, 0.3);
  const end = d.onset + d.lasting(3);
  people.forEach((track, i) => {
    const angle = (i / people.length) * 2 * Math.PI + 0.5;
    track.go('walk', [middle[0] + 0.75 * Math.cos(angle), middle[1] + 0.75 * Math.sin(angle)]);
    track.stay(i === 0 ? 'wave' : 'stand', face(track.at, middle));
  });
  d.beat(Math.max(0, d.onset - 1), 'several people', 'walk up from different sides');
  d.beat(d.onset + 0.8, 'the people', 'stand together in a circle');
  return { startSec: d.onset, endSec: end, main: null };
}

/** Joggers side by side, across the picture; the onset is when they come into view. */
export function jogging(d: Director): Staged {
  const side = d.random.pick(['left', 'right'] as const);
  const to = side === 'left' ? 'right' : 'left';
  const [, z] = d.spot;
  const from = d.exit(side, d.spot);
  const sense = side === 'left' ? 1 : -1;
  for (const [behind, away] of [
    [0, -0.4],
    [0.9, 0.3],
    [1.6, -0.5],
  ] as const) {
    const track = d.standing('other', [from[0] - sense * (SPEED.run * d.onset + behind), z + away]);
    track.go('run', d.exit(to, track.at));
  }
  const wanderer = d.enter('other', d.random.pick(['left', 'right'] as const), d.beside(0, 1.6), d.onset + 1.5);
  wanderer.stay('stand');
  const width = Math.abs(d.across(z, 1) - d.across(z, -1)) + 1.8;
  const end = Math.min(d.durationSec - 0.2, d.onset + width / SPEED.run + 0.5);
  d.beat(d.onset, 'three people', `jog into the picture from the ${side}`);
  d.beat((d.onset + end) / 2, 'the three', 'keep together and keep their pace');
  d.beat(end, 'the three', `leave to the ${to}`);
  return { startSec: d.onset, endSec: end, main: null };
}

/** Flees in turns; the pursuer takes every turn a moment later. */
export function chase(d: Director): Staged {
  const side = d.random.pick(['left', 'right'] as const);
  const from = d.exit(side, d.spot);
  const turns: Point[] = [
    d.beside(0, -0.3),
    d.beside(side === 'left' ? 1.1 : -1.1, 1.5),
    d.beside(side === 'left' ? -0.6 : 0.6, 1.9),
  ];
  const runner = (role: Track['role'], lagSec: number): Track => {
    const track = d.standing(role, [from[0] + (side === 'left' ? -1 : 1) * SPEED.run * (d.onset + lagSec), from[1]]);
    for (const turn of turns) track.go('run', turn);
    return track;
  };
  const prey = runner('other', 0);
  const main = runner('main', 0.42);
  const away = d.brief.ending ?? 'left';
  d.goOff(prey, away, 'run');
  d.goOff(main, away, 'run');
  for (const [right, at] of [
    [-1.6, -0.8],
    [1.7, 0.9],
  ] as const) {
    d.enter('other', right < 0 ? 'left' : 'right', d.beside(right, at), d.onset + 0.8)
      .for('look', 1.5)
      .stay('stand');
  }
  d.beat(d.onset, `{${prey.id}}`, `runs into the picture from the ${side}`);
  d.beat(d.onset + 0.3, `{${main.id}}`, 'comes running close behind');
  d.beat(d.onset + 1.2, `{${prey.id}}`, `turns sharply and {${main.id}} follows every turn`);
  d.beat(d.onset + 2.4, 'both', `run off, and {${main.id}} {leaves}`);
  return { startSec: d.onset, endSec: d.onset + d.lasting(3.6), main: main.id };
}
