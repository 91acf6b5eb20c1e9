import { REPERTOIRE } from '../choreography/repertoire';
import { onsetBins } from '../plan/onset';
import { KINDS } from '../script/kinds';
import { type OptionSet } from '../script/option-sets';
import { type ColorName, type Direction, type Place, PLACES, type SceneScript } from '../script/scene-script';
import { entriesOf } from './entries';
import type { OpenQuestion, QuestionMaker, QuestionType } from './question';

type Four<T> = readonly [T, T, T, T];
const four = <T, R>(items: Four<T>, each: (item: T) => R): Four<R> => [
  each(items[0]),
  each(items[1]),
  each(items[2]),
  each(items[3]),
];

/** @param wording which of the two phrases stands for each of the four kinds */
export function whatQuestion(script: SceneScript, set: OptionSet, wording: readonly number[]): OpenQuestion {
  const [a = 0, b = 0, c = 0, d = 0] = wording;
  const phrase = (i: number, which: number): string => KINDS[set.kinds[i] ?? set.kinds[0]].phrases[which === 0 ? 0 : 1];
  return {
    type: 'what',
    text: 'What happens in the video?',
    options: [phrase(0, a), phrase(1, b), phrase(2, c), phrase(3, d)],
    answer: set.kinds.indexOf(script.kind),
  };
}

/** Somebody is named by colour only when exactly one is dressed so. */
const who: QuestionMaker = (script) => {
  const { who: does } = REPERTOIRE[script.kind];
  if (does === null) return null;
  const car = script.vehicles.find(({ role }) => role === 'main');
  const color = (car?.color ?? script.people.find(({ role }) => role === 'main')?.look.top) as ColorName;
  const answer = script.palette.indexOf(color);
  if (answer < 0) return null;
  return car === undefined
    ? { type: 'who', text: `Who is it that ${does}?`, options: four(script.palette, wearer), answer }
    : { type: 'who', text: `Which car ${does}?`, options: four(script.palette, (c) => `The ${c} one`), answer };
};

const wearer = (color: ColorName): string => `The person in ${color}`;

export const PLACE_TEXT: Readonly<Record<Place, string>> = {
  'near-left': 'On the left, near the camera',
  'near-right': 'On the right, near the camera',
  'far-left': 'On the left, farther away',
  'far-right': 'On the right, farther away',
};

const where: QuestionMaker = (script) =>
  REPERTOIRE[script.kind].local
    ? {
        type: 'where',
        text: 'Where in the picture does the main event take place?',
        options: four(PLACES, (place) => PLACE_TEXT[place]),
        answer: PLACES.indexOf(script.place),
      }
    : null;

const when: QuestionMaker = (script) => {
  const bins = onsetBins(script.video.durationSec);
  const { startSec } = script.event;
  const answer = bins.findIndex(([from, to]) => startSec >= from && startSec < to);
  if (answer < 0) return null;
  const [a, b, c, d] = bins.map(([from, to]) => `Between ${from} s and ${to} s`);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return null;
  return { type: 'when', text: 'When does the main event begin?', options: [a, b, c, d], answer };
};

/** Two people who come in closer together than this cannot be put in order with certainty, seconds. */
const APART_SEC = 0.7;

const first: QuestionMaker = (script) => {
  const late = entriesOf(script)
    .filter(({ sec }) => sec > 0.2 && Number.isFinite(sec))
    .sort((a, b) => a.sec - b.sec);
  const [earliest, next] = late;
  if (earliest === undefined || next === undefined || next.sec - earliest.sec < APART_SEC) return null;
  const answer = script.palette.indexOf(earliest.person.look.top as ColorName);
  if (answer < 0) return null;
  return {
    type: 'first',
    text: 'Who is the first to come into the picture?',
    options: four(script.palette, wearer),
    answer,
  };
};

const ENDING_TEXT: Readonly<Record<Direction, string>> = {
  left: 'Off to the left',
  right: 'Off to the right',
  near: 'Towards the camera',
  far: 'Away from the camera',
  stays: 'Nowhere: they stay at the place',
};
/** What follows an event must be seen for a while. */
const AFTERMATH_SEC = 3.2;

const outcome: QuestionMaker = (script) => {
  const { endings } = REPERTOIRE[script.kind];
  const main = script.people.find(({ role }) => role === 'main');
  const { ending, event, video } = script;
  if (endings === null || ending === null || main === undefined) return null;
  if (video.durationSec - event.startSec < AFTERMATH_SEC) return null;
  return {
    type: 'outcome',
    text: `Where does the person in ${main.look.top} go in the end?`,
    options: four(endings, (direction) => ENDING_TEXT[direction]),
    answer: endings.indexOf(ending),
  };
};

export const MAKERS: Readonly<Record<Exclude<QuestionType, 'what'>, QuestionMaker>> = {
  who,
  where,
  when,
  first,
  outcome,
};
