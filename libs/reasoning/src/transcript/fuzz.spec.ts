import { drawFrom, hostileText } from '../../test/hostile-text';
import { naiveSegments, naiveWellFormed } from '../../test/naive-parser';
import { readOption } from './answers/option';
import { readVerdict } from './answers/verdict';
import { MAX_FAULTS } from './faults';
import { parseTranscript } from './parse-transcript';
import { segmentText } from './segments';
import { GRAMMARS, type Segment, TASKS, type Transcript } from './transcript';

/** `FUZZ_RUNS=1000000 FUZZ_SEED=2` for a long run; a million take about a minute. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 20_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const CONTENT = ['unreadable-answer', 'unreadable-span'];

/** Throws with what is wrong: `expect` is too slow for a million texts. */
function check(text: string, transcript: Transcript): void {
  const require = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${what}\n${JSON.stringify(text)}\n${JSON.stringify(transcript, null, 1)}`);
  };
  const { grammar, task, faults, faultCount, segments, firstAnswer, finalAnswer } = transcript;

  require(JSON.stringify(segments) === JSON.stringify(naiveSegments(text)), 'segments differ from the plain rules');
  const textOf = ({ kind, start, end }: Segment): string => segmentText(text, kind, start, end);
  require(segments.every((segment) => textOf(segment) === segment.text), 'texts of segments are where they stand');
  require(transcript.wellFormed === naiveWellFormed(text, grammar, task), 'wellFormed differs from the plain rules');
  const structural = faults.filter(({ code }) => !CONTENT.includes(code)).length;
  require(transcript.wellFormed === (structural === 0), 'well formed is without faults of structure');
  require(faults.length === Math.min(faultCount, MAX_FAULTS), 'faults are listed up to the limit');
  require(faults.every(
    ({ start, end, message }) => start >= 0 && start <= end && end <= text.length && message !== '',
  ), 'faults lie in the text');

  // All that is not white space lies in a segment or is a fault.
  if (faultCount <= MAX_FAULTS) {
    let rest = text;
    for (const { start, end } of [...segments, ...faults]) {
      rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
    }
    require(rest.trim() === '', 'text that is neither in a segment nor a fault');
  }

  const answers = segments.filter(({ kind }) => kind === 'answer');
  const read = task === 'qa' ? readOption : readVerdict;
  const named = (answer: typeof firstAnswer): string | undefined => answer?.option ?? answer?.verdict;
  const [first, last] = [answers[0], answers.at(-1)];
  const isHalf = answers.length === 1 && (grammar === 'reflective' || grammar === 'two-step');
  require(firstAnswer?.text === first?.text && named(firstAnswer) === read(first?.text ?? ''), 'first answer');
  require(finalAnswer?.text === (isHalf ? undefined : last?.text), 'text of the final answer');
  require(isHalf || named(finalAnswer) === read(last?.text ?? ''), 'final answer');
  for (const { span } of [firstAnswer, finalAnswer].filter((answer) => answer !== undefined)) {
    require(span === undefined || Number.isFinite(span.startSec - span.endSec), 'spans are finite');
  }
  require(transcript.firstRoundEnd >= (first?.end ?? 0) && transcript.firstRoundEnd <= text.length, 'first round');

  const at = (wanted: (segment: Segment) => boolean): number => segments.findIndex(wanted);
  const isReflection = ({ kind }: Segment): boolean => kind === 'reflection';
  if (transcript.hasReflection) {
    require(segments.filter(isReflection).length === 1, 'one reflection');
    require(at((each) => each === first) < at(isReflection), 'after the first answer');
    require(at(isReflection) < at((each) => each === last), 'before the last answer');
  } else {
    require(!(transcript.wellFormed && grammar === 'reflective'), 'a reflective transcript has a reflection');
  }
}

it(
  `reads ${RUNS} hostile texts by the rules`,
  () => {
    const draw = drawFrom(SEED);
    const seen = { wellFormed: 0, reflection: 0, answer: 0, span: 0 };
    for (let run = 0; run < RUNS; run += 1) {
      const text = hostileText(draw);
      const grammar = GRAMMARS[draw(GRAMMARS.length)] ?? 'reflective';
      const task = TASKS[draw(TASKS.length)] ?? 'qa';
      const transcript = parseTranscript(text, { grammar, task });
      check(text, transcript);
      seen.wellFormed += Number(transcript.wellFormed);
      seen.reflection += Number(transcript.hasReflection);
      seen.answer += Number(transcript.firstAnswer?.option !== undefined);
      seen.span += Number(transcript.finalAnswer?.span !== undefined);
    }
    // A generator that never comes near the grammar would prove nothing.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100);
  },
  60_000 + RUNS,
);
