import { checkRevision, parseTranscript, type RevisionFaultCode } from '@srvau/reasoning';
import * as fc from 'fast-check';
import { refused } from '../../test/endpoints';
import type { AnnotationContext, SceneEvent } from '../annotation-context';
import { openModel } from '../open-model';
import type { Generation } from '../vision-language-model';
import { keywordsOf } from './keywords';

const MESSAGES: Generation['messages'] = [{ role: 'user', content: 'What happens?' }];
const DURATION_SEC = 12.3;
const EVENTS: SceneEvent[] = [
  { startSec: 0, endSec: 4.2, who: 'two people in dark coats', what: 'walk side by side along the shelves' },
  { startSec: 4.2, endSec: 6, who: 'a man in a red jacket', what: 'runs up from behind', anomalous: true },
  { startSec: 6, who: 'the man in the red jacket', what: 'pulls a bag from a shoulder', anomalous: true },
  { startSec: 9, endSec: 12.4, who: 'a woman with a stroller', what: 'stops and looks around' },
];
const QA: AnnotationContext = {
  task: {
    task: 'qa',
    question: 'What does the man do?',
    options: ['He hugs a friend.', 'He takes a bag.', 'He slips and falls.', 'He waits for a bus.'],
    correctOption: 'B',
  },
  durationSec: DURATION_SEC,
  anomalyClass: 'Stealing',
  events: EVENTS,
};
const TAG: AnnotationContext = { ...QA, task: { task: 'tag', span: { startSec: 4.2, endSec: 8 } } };
const NORMAL: AnnotationContext = {
  task: { task: 'tag', span: undefined },
  durationSec: DURATION_SEC,
  anomalyClass: 'Normal',
  events: EVENTS.slice(3),
};
/** As rows of VAU-Bench have it: no script. */
const ANNOTATED: AnnotationContext = {
  task: QA.task,
  durationSec: DURATION_SEC,
  anomalyClass: 'Stealing',
  keyObject: 'Man in red, bag',
  description: 'A man in a red jacket approaches two people from behind and snatches a bag before he disappears.',
  reasoning: '**Step 1**: The man runs.\n**Step 2**: He takes what is not his.',
};
const ALL = [QA, TAG, NORMAL, ANNOTATED];

async function say(uri: string, context: AnnotationContext, seed: number, n = 1): Promise<string[]> {
  await using model = await openModel(uri);
  const { completions } = await model.generate({ messages: MESSAGES, context, n, sampling: { seed } });
  return completions.map(({ text }) => text);
}

/** The initial round that the base model draws, and the teacher's reply to it. */
async function build(
  context: AnnotationContext,
  seed: number,
  uri = 'scripted:',
): Promise<{ initial: string; reply: string; check: ReturnType<typeof checkRevision> }> {
  const { task, durationSec, description } = context;
  const [initial = ''] = await say('scripted:?accuracy=0.5', context, seed);
  const { firstAnswer, segments } = parseTranscript(initial, { grammar: 'single', task: task.task });
  const reasoning = segments[0]?.text ?? '';
  const [reply = ''] = await say(uri, { ...context, initial: { reasoning, answer: firstAnswer } }, seed);
  const right =
    task.task === 'qa'
      ? firstAnswer?.option === task.correctOption
      : firstAnswer?.verdict === (task.span === undefined ? 'normal' : 'anomaly');
  const check = checkRevision(reply, {
    ...task,
    durationSec,
    facts: description,
    path: right ? 'refine' : 'correct',
    initialReasoning: reasoning,
  });
  return { initial, reply, check };
}

describe('the scripted model', () => {
  it('says what it is', async () => {
    await using model = await openModel('scripted:teacher?accuracy=0.75');
    await using other = await openModel('scripted:teacher');
    expect(model.describe()).toEqual({
      backend: 'scripted',
      model: 'teacher',
      hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(other.describe().hash).not.toBe(model.describe().hash);
    expect(await refused(model.generate({ messages: MESSAGES }))).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ field: 'context' }],
    });
    for (const uri of ['scripted:?accuracy=1.1', 'scripted:?acuracy=1', 'scripted:a b', 'scripted:x#y']) {
      expect(await refused(openModel(uri))).toMatchObject({ code: 'INVALID_REQUEST' });
    }
  });

  it('as the base model is right as often as it is told to be, and well formed always', async () => {
    for (const context of [QA, TAG, NORMAL]) {
      const { task } = context;
      const drawn = await say('scripted:?accuracy=0.7', context, 1, 400);
      const rounds = drawn.map((text) => parseTranscript(text, { grammar: 'single', task: task.task }));
      expect(rounds.filter(({ wellFormed }) => !wellFormed)).toEqual([]);
      const right = rounds.filter(({ firstAnswer }) =>
        task.task === 'qa'
          ? firstAnswer?.option === task.correctOption
          : firstAnswer?.verdict === (task.span === undefined ? 'normal' : 'anomaly'),
      );
      // Three standard deviations of 400 draws.
      expect(Math.abs(right.length / 400 - 0.7)).toBeLessThan(0.07);
      for (const { firstAnswer } of rounds) {
        if (firstAnswer?.verdict !== 'anomaly') continue;
        expect(firstAnswer.span?.startSec).toBeGreaterThanOrEqual(0);
        expect(firstAnswer.span?.endSec).toBeLessThanOrEqual(DURATION_SEC);
      }
    }
  });

  it('as the teacher passes the check of replies, whatever the base model said', async () => {
    for (const context of ALL) {
      for (let seed = 0; seed < 60; seed++) {
        const { initial, reply, check } = await build(context, seed);
        expect({ initial, reply, check }).toMatchObject({ check: { ok: true } });
      }
    }
  });

  it('takes any scene script', async () => {
    const words = fc.stringMatching(/^[a-zA-Z $<>&{}/.,]{1,40}$/).filter((text) => keywordsOf(text).length > 0);
    const event = fc.record({
      startSec: fc.double({ min: -1, max: 20, noNaN: true }),
      endSec: fc.double({ min: -1, max: 20, noNaN: true }),
      who: words,
      what: words,
      anomalous: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 8 }),
        fc.constantFrom(...ALL),
        fc.nat(),
        async (events, base, seed) => {
          const { check } = await build({ ...base, events }, seed);
          // Sentences about nonsense may not read like English; form, answer and times hold.
          const codes = check.ok ? [] : check.faults.map(({ code }) => code);
          const excusable: RevisionFaultCode[] = ['language', 'mentions-truth', 'reflection-only-answer'];
          expect(codes.filter((code) => !excusable.includes(code))).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('looks at what the initial round lacks', async () => {
    const answer = parseTranscript('<answer>C</answer>', { grammar: 'direct', task: 'qa' }).firstAnswer;
    const replies = async (reasoning: string): Promise<string> => {
      const context = { ...QA, initial: { reasoning, answer } };
      return (await say('scripted:', context, 3, 40)).map((reply) => reply.split('</reflection>')[0]).join('\n');
    };
    const [timed, untimed] = [await replies('At 4 s the man in red comes.'), await replies('The man in red comes.')];
    expect(untimed).toMatch(/names no moment|No times are given/);
    expect(timed).not.toMatch(/names no moment|No times are given/);
    expect(timed).toMatch(/"slips"|"falls"/);
    expect(await replies('')).toMatch(/no reasoning at all|nothing but an answer/);
  });

  it('gives the same text for the same request, and another for another', async () => {
    const context = { ...QA, initial: { reasoning: 'It is B.', answer: undefined } };
    const [texts, again] = [await say('scripted:', context, 7, 50), await say('scripted:', context, 7, 50)];
    expect(again).toEqual(texts);
    expect(new Set(texts).size).toBe(50);
    expect(texts.slice(0, 1)).toEqual(await say('scripted:', context, 7));
    expect(await say('scripted:', { ...context, attempt: 1 }, 7)).not.toEqual(texts.slice(0, 1));
    expect(await say('scripted:', context, 8)).not.toEqual(texts.slice(0, 1));
  });

  it('keeps to length and stop texts, and streams', async () => {
    await using model = await openModel('scripted:');
    const pieces: string[] = [];
    const request = { messages: MESSAGES, context: QA, sampling: { maxNewTokens: 5 } };
    const { completions, usage } = await model.generate(request, { onToken: ({ text }) => void pieces.push(text) });
    expect(completions[0]).toMatchObject({ finishReason: 'length', text: pieces.join('') });
    expect(usage).toEqual({ promptTokens: 2, completionTokens: 5 });
    const stopped = await model.generate({ ...request, sampling: { stop: ['</think>'] } });
    expect(stopped.completions[0]?.text).not.toContain('</think>');
  });

  it('spoils as many replies as it is told to, each in a way that is noticed', async () => {
    const codes = new Set<RevisionFaultCode>();
    for (let seed = 0; seed < 60; seed++) {
      const { reply, check } = await build(seed % 2 === 0 ? QA : TAG, seed, 'scripted:?faults=1');
      expect({ reply, ok: check.ok }).toMatchObject({ ok: false });
      if (!check.ok) check.faults.forEach(({ code }) => codes.add(code));
    }
    expect([...codes]).toEqual(
      expect.arrayContaining([
        'empty',
        'markup',
        'grammar',
        'wrong-answer',
        'reflection-only-answer',
        'time-outside-video',
        'language',
      ]),
    );
  });
});
