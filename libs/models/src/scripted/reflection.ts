import type { SpanSec } from '@srvau/reasoning';
import type { AnnotationContext } from '../annotation-context';
import { keywordsOf } from './keywords';
import { eventsOf, type Observations } from './observations';
import type { SeededRandom } from './seeded-random';
import { fill, listed, mention, seconds, stretch } from './sentences';

type Task = AnnotationContext['task'];
type Initial = NonNullable<AnnotationContext['initial']>;

/**
 * What the initial round missed, found by holding it against what happens: times it does not give, people it does not
 * name, an option that nothing on screen supports, a span that begins too early. Names no letter and no verdict.
 *
 * @param correct the initial answer is wrong; otherwise it is right and its reasoning is made better
 */
export function writeReflection(
  task: Task,
  initial: Initial,
  seen: Observations,
  correct: boolean,
  random: SeededRandom,
): string {
  const weaknesses = weaknessesOf(initial, seen, random);
  const verdict = correct ? mistakeOf(task, initial, seen, random) : shortcomingOf(task, initial, seen, random);
  const parts = [
    random.pick(correct ? CORRECT_OPENINGS : REFINE_OPENINGS),
    ...random.some(weaknesses, 1 + Math.floor(random.next() * 2)),
    verdict,
    random.pick(correct ? CORRECT_PLANS : REFINE_PLANS),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function weaknessesOf({ reasoning, answer }: Initial, seen: Observations, random: SeededRandom): string[] {
  const said = new Set(keywordsOf(reasoning));
  const events = seen.anomalous.length > 0 ? seen.anomalous : eventsOf(seen);
  const unnamed = events.find(({ who }) => !keywordsOf(who).some((word) => said.has(word)));
  const found: string[] = [];
  if (reasoning.trim() === '') found.push(random.pick(NO_REASONING));
  if (answer === undefined) found.push(random.pick(NO_ANSWER));
  if (!/\d\s?s\b|\d\s?sec|\d:\d\d/.test(reasoning)) found.push(random.pick(NO_TIMES));
  if (unnamed !== undefined) found.push(fill(random.pick(NOT_NAMED), unnamed.who));
  if (reasoning.split(/\s+/).length > 120) found.push(random.pick(TOO_LONG));
  const missed = seen.details.filter((word) => !said.has(word));
  if (events.length === 0 && missed.length > 0) {
    const words = random.some(missed, 2).map((word) => `"${word}"`);
    found.push(fill(random.pick(MISSED_DETAILS), listed(words)));
  }
  return found.length > 0 ? found : [random.pick(LOOSE)];
}

/** Why the wrong answer does not hold. */
function mistakeOf(task: Task, { answer }: Initial, seen: Observations, random: SeededRandom): string {
  const [key] = seen.anomalous.length > 0 ? random.some(seen.anomalous, 1) : random.some(seen.calm, 1);
  const evidence = key === undefined ? evidenceWithoutEvents(seen, random) : mention(key, random);
  if (task.task === 'tag') {
    return fill(random.pick(task.span === undefined ? FALSE_ALARMS : MISSED_ANOMALIES), evidence);
  }
  const chosen = answer?.option === undefined ? '' : (task.options[answer.option.charCodeAt(0) - 65] ?? '');
  const right = task.options[task.correctOption.charCodeAt(0) - 65] ?? '';
  const told = keywordsOf([right, ...eventsOf(seen).map(({ who, what }) => `${who} ${what}`)].join(' '));
  const unsupported = keywordsOf(chosen).find((word) => !told.includes(word) && !seen.details.includes(word));
  const first = unsupported === undefined ? random.pick(UNSUPPORTED) : fill(random.pick(UNSUPPORTED_WORD), unsupported);
  return `${first} ${fill(random.pick(DECISIVE), evidence)}`;
}

/** What a right answer still lacks. */
function shortcomingOf(task: Task, { answer }: Initial, seen: Observations, random: SeededRandom): string {
  if (task.task === 'tag' && task.span !== undefined && answer?.span !== undefined) {
    const off = offBy(answer.span, task.span);
    if (off !== '') return fill(random.pick(IMPRECISE_TIMES), off);
  }
  const events = seen.anomalous.length > 0 ? seen.anomalous : seen.calm;
  const evidence = events.length === 0 ? evidenceWithoutEvents(seen, random) : mention(random.pick(events), random);
  return fill(random.pick(TIE_DOWN), evidence);
}

function offBy(given: SpanSec, truth: SpanSec): string {
  const parts: string[] = [];
  const early = truth.startSec - given.startSec;
  const late = given.endSec - truth.endSec;
  if (Math.abs(early) >= 0.2) parts.push(`begins ${seconds(Math.abs(early))} too ${early > 0 ? 'early' : 'late'}`);
  if (Math.abs(late) >= 0.2) parts.push(`ends ${seconds(Math.abs(late))} too ${late > 0 ? 'late' : 'early'}`);
  return listed(parts);
}

function evidenceWithoutEvents(seen: Observations, random: SeededRandom): string {
  const what = seen.keyObject ?? random.pick(['the course of events', 'what people do', 'the movement in the scene']);
  if (seen.span !== undefined && seen.span.endSec > seen.span.startSec) return `${what} ${stretch(seen.span, random)}`;
  return seen.durationSec === undefined ? what : `${what} over the ${seconds(seen.durationSec)} of the clip`;
}

const CORRECT_OPENINGS = [
  'My first pass jumped to a conclusion.',
  'Looking back, the conclusion does not follow from what is on screen.',
  'I settled too soon.',
  'The first reasoning stops at an impression.',
  'I have to take back what I concluded.',
  'The first round rests on too little.',
  'On a second look the argument falls apart.',
  'I read the scene too quickly.',
];
const REFINE_OPENINGS = [
  'The conclusion holds, but the way to it is thin.',
  'I would come to the same end again, with a better argument.',
  'The direction was sound; the support for it was not.',
  'What I concluded stands, yet a reader could not check it.',
  'The outcome is fine, the reasoning needs structure.',
  'I was on the right track without showing why.',
  'The first round gets there, but skips steps.',
];
const NO_REASONING = [
  'It gave no reasoning at all.',
  'There was nothing but an answer, without a word on what led to it.',
];
const NO_ANSWER = ['It never came to a clear answer.', 'It left open which answer was meant.'];
const NO_TIMES = [
  'It names no moment, so nothing in it can be traced back to the footage.',
  'No times are given, and the order of events stays unclear.',
  'It treats the clip as one picture and ignores when things happen.',
  'It does not say when anything takes place.',
];
const NOT_NAMED = [
  'It passes over {} altogether.',
  'There is no mention of {}, which is where the action is.',
  'It never looks at {}.',
  'I overlooked {}.',
];
const TOO_LONG = ['It is long and says the same thing more than once.', 'Much of it repeats itself.'];
const MISSED_DETAILS = [
  'It leaves out details such as {}.',
  'Nothing in it takes up {}, although that can be seen.',
  'It does not deal with {}.',
];
const LOOSE = [
  'Its statements stand side by side without being connected.',
  'It describes, but does not weigh what it describes.',
  'It does not go through the clip in order.',
];
const UNSUPPORTED = [
  'Nothing on screen backs up the option that I picked.',
  'The option that I picked asks for something that never happens.',
  'For the option that I took there is no visible support.',
];
const UNSUPPORTED_WORD = [
  'The option that I picked depends on "{}", for which there is no sign in the footage.',
  'I went for "{}" although nothing of the kind can be seen.',
  'That would need "{}", which does not show up anywhere.',
];
const DECISIVE = [
  'What decides the matter is something else: {}.',
  'The evidence that counts is this: {}.',
  'I should have given weight to one thing above all: {}.',
  'One observation speaks against it: {}.',
];
const MISSED_ANOMALIES = [
  'I let the quiet parts of the clip speak for the whole, and so missed what breaks the routine: {}.',
  'The calm surroundings misled me. One thing does not belong to an ordinary day: {}.',
  'I did not give weight to what stands out: {}.',
];
const FALSE_ALARMS = [
  'I took an everyday movement for more than it is. What the footage shows is harmless: {}.',
  'The alarm has nothing to rest on. What there is to see is ordinary: {}.',
  'A sudden movement alone is no incident. Seen in its course it is routine: {}.',
];
const IMPRECISE_TIMES = [
  'The stretch that I gave {}, since I did not look for the first and the last moment of the event.',
  'My times are loose: the stretch {}.',
  'Measured against what can be seen, the stretch {}.',
];
const TIE_DOWN = [
  'It should rest on what can be checked: {}.',
  'The observation that carries it has to be spelled out: {}.',
  'It would be stronger if it were built around one fact: {}.',
];
const CORRECT_PLANS = [
  'I need to go through the events in order and hold each claim against them.',
  'The next round has to follow the footage from its start to its end.',
  'I will start over from the events, each with its time.',
  'So I begin again with what happens, and when.',
  'The order of events has to come first, the conclusion last.',
];
const REFINE_PLANS = [
  'I will retell the events in order and draw the conclusion from them.',
  'A clear timeline, then what it implies, will do.',
  'Fewer words, with times, will make it easier to follow.',
  'I will lead with the evidence and end with the conclusion.',
];
