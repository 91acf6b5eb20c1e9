import type { AnnotatedEvent } from '@srvau/contracts';
import { KINDS } from '../script/kinds';
import type { Beat, SceneScript, SceneType } from '../script/scene-script';
import { PLACE_TEXT } from './makers';

const SCENE_TEXT: Readonly<Record<SceneType, string>> = {
  street: 'a street in front of a row of houses',
  corridor: 'a wide corridor with doors',
  'car-park': 'a car park',
  shop: 'a shop with shelves along its wall',
  plaza: 'a paved square with trees behind it',
  footage: 'a real place, into which the event was put by a computer',
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** Times as annotators write them. */
export const tenth = (sec: number): number => Math.round(sec * 10) / 10;
const seconds = (sec: number): string => `${sec.toFixed(1)} s`;

/** What is to be seen, in order, without times: whoever grounds it in time must look. */
export function descriptionOf(script: SceneScript): string {
  const place = PLACE_TEXT[script.place].toLowerCase();
  return [
    `A fixed camera looks at ${SCENE_TEXT[script.scene]}.`,
    ...script.beats.map(({ who, what }) => `${capital(who)} ${what}.`),
    `This happens ${place}.`,
  ].join(' ');
}

/** The form of VAU-Bench's column: type, location, evidence, explanation. */
export function reasoningOf(script: SceneScript): string {
  const { anomalyClass, beats, kind, event } = script;
  const evidence = beats.map(({ sec, who, what }) => `${seconds(sec)}: ${who} ${what}`).join('; ');
  const info = KINDS[kind];
  const verdict = script.normal
    ? `Nothing calls for attention, for ${info.because}.`
    : `From ${seconds(event.startSec)} to ${seconds(event.endSec)} this is an anomaly, for ${info.because}.`;
  return [
    `### Specific Anomaly Type: ${anomalyClass}`,
    `### Location: ${capital(SCENE_TEXT[script.scene])}; ${PLACE_TEXT[script.place].toLowerCase()}`,
    `### Key Evidence: ${evidence}`,
    `### Detailed Explanation: ${info.phrases[0]}. ${verdict}`,
  ].join('\n');
}

/** The beats; those of an anomaly from its begin to its end are a part of it. */
export function eventsOf({ beats, normal, event }: SceneScript): Omit<AnnotatedEvent, 'endSec'>[] {
  const isAnomalous = ({ sec }: Beat): boolean => !normal && sec >= event.startSec && sec <= event.endSec;
  return beats.map((beat) => ({
    startSec: tenth(beat.sec),
    who: beat.who,
    what: beat.what,
    anomalous: isAnomalous(beat),
  }));
}

export function keyObjectOf(script: SceneScript): string {
  const people = script.people.filter(({ role }) => role !== 'bystander').map(({ look }) => `person in ${look.top}`);
  const vehicles = script.vehicles
    .filter(({ role }) => role !== 'bystander')
    .map(({ color, type }) => `${color} ${type}`);
  const things = script.props.map(({ type }) => PROP_TEXT[type]);
  return [...new Set([...people, ...vehicles, ...things])].join(', ');
}

const PROP_TEXT: Readonly<Record<SceneScript['props'][number]['type'], string>> = {
  bag: 'bag',
  box: 'box',
  parcel: 'parcel',
  grill: 'grill',
  barrier: 'barrier',
  gate: 'gate',
  kiosk: 'upright box',
  tool: 'tool in hand',
  poster: 'poster',
};
