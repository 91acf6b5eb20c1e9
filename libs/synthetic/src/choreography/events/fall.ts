import { type Director, face, type Staged } from '../director';

/** Walks to the spot, alone; somebody else passes at a distance, as in the kinds with two people. */
function alone(d: Director, side: 1 | -1) {
  const main = d.enter('main', side > 0 ? 'right' : 'left', d.spot, d.onset);
  const other = d.enter('other', side > 0 ? 'left' : 'right', d.beside(-side * 1.5, 0.9), d.onset + 0.6);
  d.beat(Math.max(0, d.onset - 1), `{${main.id}}`, 'walks along');
  return { main, other };
}

export function falling(d: Director): Staged {
  const side = d.side();
  const { main, other } = alone(d, side);
  const lasting = d.lasting(d.random.uniform(2, 3));
  // Towards the middle of the picture, wherever the person comes from.
  const onFace = side === d.outer;
  main.for(onFace ? 'fall' : 'fall-back', lasting);
  d.beat(d.onset, `{${main.id}}`, 'drops to the ground within half a second');
  d.beat(d.onset + 0.8, `{${main.id}}`, 'lies on the ground, though nobody had touched them');
  if (d.brief.ending === 'stays') main.stay(onFace ? 'lie' : 'lie-back');
  else {
    main.for(onFace ? 'get-up' : 'get-up-back', 1.1);
    d.leave(main, 'stagger');
  }
  d.beat(d.onset + lasting, `{${main.id}}`, '{leaves}');
  other.for('look', 2, face(other.at, d.spot)).stay('stand');
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}

export function lyingDown(d: Director): Staged {
  const { main, other } = alone(d, d.outer === 1 ? -1 : 1);
  const lasting = d.lasting(d.random.uniform(2.6, 3.4));
  main.for('lie-down', Math.min(2.2, lasting)).until('lie-back', d.onset + lasting);
  d.beat(d.onset, `{${main.id}}`, 'crouches and lies down slowly');
  d.beat(d.onset + lasting * 0.8, `{${main.id}}`, 'rests on the back');
  if (d.brief.ending === 'stays') main.stay('lie-back');
  else {
    main.for('get-up-back', 1.1);
    d.leave(main);
  }
  d.beat(d.onset + lasting, `{${main.id}}`, '{leaves}');
  other.for('look', 2, face(other.at, d.spot)).stay('stand');
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}

export function assault(d: Director): Staged {
  const side = d.outer;
  const [a, b] = [d.beside(side * 0.4), d.beside(-side * 0.35)];
  const main = d.enter('main', side > 0 ? 'right' : 'left', a, d.onset);
  const other = d.enter('other', side > 0 ? 'left' : 'right', b, d.onset);
  const lasting = d.lasting(2.4);
  d.beat(Math.max(0, d.onset - 1), `{${main.id}}`, `walks towards {${other.id}}`);
  main.for('push', 0.7, face(a, b));
  // The pushed one goes down backwards, away from the push.
  other.until('stand', d.onset + 0.25, face(b, a));
  other.move('fall-back', [b[0] - side * 0.35, b[1]], other.sec + 0.8).stay('lie-back');
  d.beat(d.onset, `{${main.id}}`, `thrusts both arms against {${other.id}}`);
  d.beat(d.onset + 0.6, `{${other.id}}`, 'falls backwards and stays on the ground');
  d.beat(d.onset + 1.4, `{${main.id}}`, '{leaves}');
  main.until('stand', d.onset + 1.2);
  d.leave(main);
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}

export function helpingUp(d: Director): Staged {
  const side = d.outer;
  const [a, b] = [d.beside(side * 0.45), d.beside(-side * 0.45)];
  const main = d.enter('main', side > 0 ? 'right' : 'left', a, d.onset);
  const other = d.standing('other', b);
  other.facing = face(b, a);
  const lasting = d.lasting(2.4);
  d.beat(0, `{${other.id}}`, 'rests on the ground');
  main.for('help', lasting, face(a, b));
  other.until('lie-back', d.onset + lasting * 0.3).for('get-up-back', lasting * 0.7);
  d.beat(d.onset, `{${main.id}}`, `bends down to {${other.id}} and pulls`);
  d.beat(d.onset + lasting, `{${other.id}}`, `stands again and {${main.id}} {leaves}`);
  d.leave(main);
  other.for('stand', 0.6);
  d.goOff(other, d.elsewhere());
  return { startSec: d.onset, endSec: d.onset + lasting, main: main.id };
}
