import type { SpanSec } from '@srvau/reasoning';
import type { SceneEvent } from '../annotation-context';
import type { SeededRandom } from './seeded-random';

/** `3.2 s`; never rounded up, so that it stays inside of the video. */
export const seconds = (sec: number): string => `${(Math.floor(sec * 10 + 1e-6) / 10).toFixed(1)} s`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Fills the places of a template: `{}` takes `value`, `{name}` what `named` has. */
export function fill(template: string, value: string, named: Readonly<Record<string, string>> = {}): string {
  return template.replace(/\{(\w*)\}/g, (_, name: string) => (name === '' ? value : (named[name] ?? '')));
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

export function stretch({ startSec, endSec }: SpanSec, random: SeededRandom): string {
  const [from, to] = [seconds(startSec), seconds(endSec)];
  return random.pick([`between ${from} and ${to}`, `from ${from} to ${to}`, `from ${from} until ${to}`]);
}

export function timeOf({ startSec, endSec }: SceneEvent, random: SeededRandom): string {
  if (endSec !== undefined) return stretch({ startSec, endSec }, random);
  const at = seconds(startSec);
  return random.pick([`at ${at}`, `around ${at}`, `from ${at} on`, `near ${at}`]);
}

const LONG_WORDS = 9;

/** A long predicate with a word of our own between its halves. */
function loosened(what: string): string {
  return what.split(' ').length < LONG_WORDS ? what : what.replace(/ and (?!also )/, ' and also ');
}

/** An event with its time, in a sentence. Words stand between who and what, lest an annotator's sentence come back whole. */
export function tell(event: SceneEvent, random: SeededRandom): string {
  const { who } = event;
  const what = loosened(event.what);
  const time = timeOf(event, random);
  return random.pick([
    `${capital(time)}, ${who} visibly ${what}.`,
    `${capital(who)}, ${time}, ${what}.`,
    `${capital(time)} the view shows how ${who} plainly ${what}.`,
    `${capital(who)} clearly ${what} ${time}.`,
    `What can be made out ${time} is that ${who} in fact ${what}.`,
  ]);
}

/** The same in the middle of a sentence. */
export function mention(event: SceneEvent, random: SeededRandom): string {
  const { who } = event;
  const what = loosened(event.what);
  const time = timeOf(event, random);
  return random.pick([`${who}, ${time}, ${what}`, `${time}, ${who} visibly ${what}`, `${who} clearly ${what} ${time}`]);
}
