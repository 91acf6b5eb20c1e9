import { type AnswerParts, renderTranscript, type SpanSec } from '@srvau/reasoning';
import type { AnnotationContext } from '../annotation-context';
import { keywordsOf } from './keywords';
import { eventsOf, type Observations } from './observations';
import type { SeededRandom } from './seeded-random';
import { capital, fill, listed, seconds } from './sentences';

/**
 * What a base model might say at first: short, vague about times, right in the given share of cases. Right means the
 * option, or the verdict; the times of an anomaly are off either way.
 */
export function writeInitialRound(
  { task }: AnnotationContext,
  seen: Observations,
  accuracy: number,
  random: SeededRandom,
): string {
  const right = random.chance(accuracy);
  const noticed = noticedEvents(seen, right, random);
  if (task.task === 'qa') {
    const letters = task.options.map((_, i) => String.fromCharCode(65 + i));
    const wrong = letters.filter((letter) => letter !== task.correctOption);
    const option = right ? task.correctOption : random.pick(wrong);
    const words = keywordsOf(task.options[option.charCodeAt(0) - 65] ?? '').slice(0, 2);
    const hint = words.length === 0 ? '' : ` ${random.pick(HINTS)} ${listed(words.map((word) => `"${word}"`))}.`;
    const think = `${noticed}${hint} ${fill(random.pick(CHOICES), option)}`;
    return renderTranscript({ grammar: 'single', round: { think, answer: { option } } }, 'qa');
  }
  const anomaly = right === (task.span !== undefined);
  const answer: AnswerParts = anomaly
    ? { verdict: 'anomaly', span: guessedSpan(task.span, seen.durationSec, random) }
    : { verdict: 'normal' };
  const think = `${noticed} ${random.pick(anomaly ? ALARMS : ALL_CLEAR)}`;
  return renderTranscript({ grammar: 'single', round: { think, answer } }, 'tag');
}

/** Who is wrong has looked at what does not matter. */
function noticedEvents(seen: Observations, right: boolean, random: SeededRandom): string {
  const events =
    right && seen.anomalous.length > 0 ? seen.anomalous : seen.calm.length > 0 ? seen.calm : eventsOf(seen);
  const opening = random.pick(OPENINGS);
  if (events.length === 0) {
    const about = seen.keyObject ?? random.pick(['the scene', 'the place', 'what the camera shows']);
    return `${opening} ${capital(about)} ${random.pick(['can be seen', 'can be made out', 'can be seen at once'])}.`;
  }
  const { who, what, startSec } = random.pick(events);
  const timed = random.chance(0.3);
  return `${opening} ${capital(who)} ${what}${timed ? `, at about ${seconds(startSec)}` : ''}.`;
}

/** Shifted and stretched by up to two fifths of its length; without a truth, some stretch of the video. */
function guessedSpan(truth: SpanSec | undefined, durationSec: number | undefined, random: SeededRandom): SpanSec {
  const end = durationSec ?? (truth?.endSec ?? 10) * 1.2;
  const { startSec, endSec } = truth ?? { startSec: end * 0.2, endSec: end * 0.7 };
  const length = Math.max(endSec - startSec, 0.2);
  const near = (sec: number): number => Math.min(Math.max(0, sec + (random.next() - 0.5) * 0.8 * length), end);
  const [a, b] = [near(startSec), near(endSec)].sort((x, y) => x - y) as [number, number];
  const tenth = (sec: number): number => Math.floor(sec * 10) / 10;
  return tenth(b) > tenth(a) ? { startSec: tenth(a), endSec: tenth(b) } : { startSec, endSec };
}

const OPENINGS = [
  'A fixed camera looks down on the scene.',
  'The footage is from a camera that does not move.',
  'I look at the recording as a whole.',
  'The view stays the same all the time.',
  'It is surveillance footage of an everyday place.',
  'The picture is small, but movements can be told.',
  'There is not much going on at first sight.',
  'The camera covers the whole place.',
];

const HINTS = [
  'That goes best with',
  'What I see reminds me of',
  'The closest among the options speaks of',
  'In my eyes it comes down to',
  'The general impression agrees with',
];

const CHOICES = [
  'So I choose {}.',
  'My answer is therefore {}.',
  'That leads me to {}.',
  '{} seems the most likely.',
  'I settle on {}.',
  'It should be {}.',
];

const ALARMS = [
  'That is not how people behave in such a place, so I call it an anomaly.',
  'It looks out of the ordinary to me.',
  'Something seems to be wrong there.',
  'The movement is too sudden for an ordinary day.',
  'I take this for an incident.',
];

const ALL_CLEAR = [
  'All of it looks like an ordinary day.',
  'I see nothing out of the ordinary.',
  'People go about their business, so I call it normal.',
  'Nothing stands out.',
  'That is what one expects in such a place.',
];
