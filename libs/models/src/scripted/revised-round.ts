import { type AnswerParts, renderSpan } from '@srvau/reasoning';
import type { AnnotationContext } from '../annotation-context';
import { keywordsOf } from './keywords';
import { eventsOf, type Observations } from './observations';
import type { SeededRandom } from './seeded-random';
import { fill, listed, seconds, stretch, tell } from './sentences';

type Task = AnnotationContext['task'];

/** Events before the anomaly that are told, at most, and of the anomaly itself. */
const CALM_TOLD = 2;
const ANOMALOUS_TOLD = 4;

/** What happens, what it implies, how the options compare: the order that the prompts of the paper ask for. */
export function writeRevisedRound(task: Task, seen: Observations, random: SeededRandom): string {
  return [
    random.pick(OPENINGS),
    ...eventSentences(seen, random),
    implication(task, seen, random),
    ...(task.task === 'qa' ? comparison(task, seen, random) : [boundaries(task, random)]),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

export function revisedAnswer(task: Task): AnswerParts {
  if (task.task === 'qa') return { option: task.correctOption };
  return task.span === undefined ? { verdict: 'normal' } : { verdict: 'anomaly', span: task.span };
}

function eventSentences(seen: Observations, random: SeededRandom): string[] {
  const told = eventsOf({
    ...seen,
    calm: random.some(seen.calm, seen.anomalous.length > 0 ? CALM_TOLD : CALM_TOLD + ANOMALOUS_TOLD),
    anomalous: seen.anomalous.slice(0, ANOMALOUS_TOLD),
  });
  if (told.length > 0) return told.map((event) => tell(event, random));
  const about = seen.keyObject ?? 'the action';
  const sentences: string[] = [];
  if (seen.span !== undefined && seen.span.endSec > seen.span.startSec) {
    sentences.push(fill(random.pick(DRAWS_ATTENTION), about, { when: stretch(seen.span, random) }));
  } else if (seen.durationSec !== undefined) {
    sentences.push(fill(random.pick(WHOLE_CLIP), seconds(seen.durationSec), { about }));
  }
  const details = random.some(seen.details, 4).map((word) => `"${word}"`);
  if (details.length > 0) sentences.push(fill(random.pick(DETAILS), listed(details)));
  return sentences.length > 0 ? sentences : [random.pick(BARE)];
}

function implication(task: Task, seen: Observations, random: SeededRandom): string {
  if (seen.isNormal) return random.pick(HARMLESS);
  if (seen.anomalyClass !== undefined) return fill(random.pick(IMPLIES_CLASS), seen.anomalyClass);
  return task.task === 'tag' ? random.pick(IMPLIES) : '';
}

/** Why the right option fits, and what one or two others would need. */
function comparison(task: Extract<Task, { task: 'qa' }>, seen: Observations, random: SeededRandom): string[] {
  const words = task.options.map(keywordsOf);
  const right = words[task.correctOption.charCodeAt(0) - 65] ?? [];
  const told = eventsOf(seen).flatMap(({ who, what }) => keywordsOf(`${who} ${what}`));
  const others = task.options.flatMap((_, i) => {
    const letter = String.fromCharCode(65 + i);
    if (letter === task.correctOption) return [];
    const own = (words[i] ?? []).filter((word) => ![...right, ...told, ...seen.details].includes(word));
    const [word] = own.length === 0 ? [] : [random.pick(own)];
    const form = random.pick(word === undefined ? DOES_NOT_FIT : WOULD_NEED);
    return [fill(form, letter, { word: word ?? '' })];
  });
  const shared = right.filter((word) => told.includes(word) || seen.details.includes(word)).slice(0, 2);
  const reason = shared.length === 0 ? '' : `, with ${listed(shared.map((word) => `"${word}"`))} in view`;
  const fit = fill(random.pick(FITS), task.correctOption, { reason });
  return [...random.some(others, 1 + Math.floor(random.next() * Math.min(2, others.length))), fit];
}

function boundaries(task: Extract<Task, { task: 'tag' }>, random: SeededRandom): string {
  if (task.span === undefined) return random.pick(NO_BOUNDARIES);
  const { startSec, endSec } = task.span;
  const times = { from: seconds(startSec), to: seconds(endSec), span: renderSpan(task.span) };
  return fill(random.pick(BOUNDARIES), '', times);
}

const OPENINGS = [
  'I go through the clip in order.',
  'Following the footage from its start:',
  'Step by step, this is what can be seen.',
  'The events, one after another:',
  'First what happens, then what it means.',
  'Taken in order, the footage shows the following.',
  'I start from what is visible.',
  'Here is the course of events.',
];
const DRAWS_ATTENTION = [
  'The part to watch lies {when}: there the attention is on {}.',
  'It comes down to what happens {when}, around {}.',
  'The camera shows {} all along, but it is the stretch {when} that counts.',
];
const WHOLE_CLIP = [
  'Over the {} of the clip, the camera shows {about}.',
  'The clip lasts {}, and the attention is on {about}.',
];
const DETAILS = [
  'Details that support this are {}.',
  'Among what can be made out are {}.',
  'What counts is in the picture: {}.',
];
const BARE = ['What happens on screen develops without a cut, so each step can be followed.'];
const HARMLESS = [
  'Nothing in this departs from everyday activity.',
  'All of this belongs to the routine of such a place.',
  'There is a harmless reason for each of these movements.',
  'No one is hurt, nothing is damaged, and the flow is not disturbed.',
];
const IMPLIES_CLASS = [
  'Taken together, this has the marks of {}.',
  'What this amounts to is {}.',
  'Such a sequence points to {}.',
  'The pattern is that of {}.',
];
const IMPLIES = [
  'This breaks with the routine before it.',
  'It is not what one sees on an ordinary day.',
  'Such a course of events is out of the ordinary.',
];
const DOES_NOT_FIT = [
  'Option {} does not agree with the order of events.',
  'Nothing that is visible speaks for option {}.',
  'Option {} leaves what happens unexplained.',
];
const WOULD_NEED = [
  'Option {} would need "{word}", which is not to be seen.',
  'For option {} there would have to be some sign of "{word}".',
  'Nothing like "{word}" shows up, which rules out option {}.',
];
const FITS = [
  'Option {} agrees with all of it{reason}.',
  'What is left, and fits, is option {}{reason}.',
  'Option {} covers what happens{reason}.',
  'That is what option {} describes{reason}.',
];
const BOUNDARIES = [
  'It begins at {from}, when the first sign of it can be seen, and is over at {to}.',
  'The first moment of it is {from}, the last {to}.',
  'Nothing before {from} points to it, and by {to} it has run its course.',
  'So the stretch to mark is {span}.',
];
const NO_BOUNDARIES = [
  'So there is no stretch to mark.',
  'There is nothing to mark in time.',
  'No part of the clip has to be singled out.',
];
