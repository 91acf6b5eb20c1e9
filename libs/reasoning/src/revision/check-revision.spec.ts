import fc from 'fast-check';
import { checkRevision } from './check-revision';
import { copiedFrom } from './copying';
import { revisionFeedback } from './feedback';
import {
  DEFAULT_REVISION_LIMITS,
  REVISION_FAULTS,
  type RevisionFaultCode,
  type RevisionLimits,
  type RevisionTruth,
} from './revision';
import { timeClaims } from './times';

const FACTS =
  'Description: A man in a dark coat walks up to the ticket machine, strikes its screen with a hammer three times and runs ' +
  'off to the left while two travellers look on from the bench.';
const QA: RevisionTruth = {
  task: 'qa',
  question: 'What does the man in the dark coat do?',
  options: ['Buys a ticket', 'Breaks the machine', 'Repairs the machine', 'Waits for a train'],
  correctOption: 'B',
  path: 'correct',
  initialReasoning: 'The man stands at the machine and seems to buy a ticket.',
  facts: FACTS,
  durationSec: 20,
};
const TAG: RevisionTruth = {
  task: 'tag',
  span: { startSec: 5, endSec: 12 },
  path: 'refine',
  initialReasoning: 'Something is hit.',
  facts: FACTS,
  durationSec: 20,
};

const REFLECTION =
  'The first reasoning stops at where the man stands and overlooks what his arm does: nobody pays by swinging a tool, and ' +
  'the glass does not stay whole.';
const THINK =
  'At 4 s he steps in front of the screen. Between 5 s and 9 s his arm comes down again and again, and the glass splinters. ' +
  'Then he is gone, and the others keep away from what is left of it.';
const reply = (answer = 'B', { reflection = REFLECTION, think = THINK } = {}): string =>
  `<reflection>${reflection}</reflection>\n<think>${think}</think>\n<answer>${answer}</answer>`;
const tagReply = (answer: string, glue: string): string => `${reply(answer)}<glue>${glue}</glue>`;

function codes(text: string, truth: RevisionTruth = QA, limits: Partial<RevisionLimits> = {}): RevisionFaultCode[] {
  const check = checkRevision(text, truth, { limits: { ...DEFAULT_REVISION_LIMITS, ...limits } });
  return check.ok ? [] : check.faults.map(({ code }) => code);
}

describe('checkRevision', () => {
  it('takes a good reply apart', () => {
    expect(checkRevision(reply(), QA)).toEqual({
      ok: true,
      revision: { reflection: REFLECTION, reasoning: THINK, span: undefined },
    });
    expect(checkRevision(tagReply('Anomaly', '[5.2, 11.0]'), TAG)).toMatchObject({
      ok: true,
      revision: { span: { startSec: 5.2, endSec: 11 } },
    });
    expect(codes(tagReply('Normal', '[-1.0, -1.0]'), { ...TAG, span: undefined })).toEqual([]);
  });

  it.each<[string, string, RevisionFaultCode]>([
    ['nothing', '', 'empty'],
    ['white space', ' \n\t ', 'empty'],
    ['a web page', '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>', 'markup'],
    ['half an object', '{"reflection": "The first reas', 'markup'],
    ['a fenced block', `\`\`\`xml\n${reply()}\n\`\`\``, 'markup'],
    ['prose', 'The man breaks the machine, so the answer is B.', 'grammar'],
    ['words before', `Sure! ${reply()}`, 'grammar'],
    ['words after', `${reply()} I hope this helps.`, 'grammar'],
    ['no reflection', `<think>${THINK}</think><answer>B</answer>`, 'grammar'],
    ['an end that is missing', reply().slice(0, -9), 'grammar'],
    ['two rounds', reply() + reply(), 'grammar'],
    ['another order', `<think>${THINK}</think><reflection>${REFLECTION}</reflection><answer>B</answer>`, 'grammar'],
    ['a tag within', reply('B', { think: `${THINK}<answer>B</answer>` }), 'grammar'],
    ['an empty reflection', reply('B', { reflection: ' ' }), 'grammar'],
    ['a wrong letter', reply('A'), 'wrong-answer'],
    ['two letters', reply('A or B'), 'wrong-answer'],
    ['no letter', reply('the second one'), 'wrong-answer'],
    ['a reflection in two words', reply('B', { reflection: 'Too hasty.' }), 'reflection-too-short'],
    ['a long reflection', reply('B', { reflection: 'he looks again '.repeat(150) }), 'reflection-too-long'],
    ['a short reasoning', reply('B', { think: 'He breaks the screen.' }), 'reasoning-too-short'],
    ['a long reasoning', reply('B', { think: 'he strikes the glass '.repeat(200) }), 'reasoning-too-long'],
    ['HTML in the text', reply('B', { think: `<p class="x">${THINK}</p>` }), 'markup'],
    [
      'the letter alone',
      reply('B', { reflection: 'The first answer was wrong, and the right answer is B.' }),
      'reflection-only-answer',
    ],
    [
      'the option alone',
      reply('B', { reflection: 'It is wrong; the man breaks the machine, that is the right option.' }),
      'reflection-only-answer',
    ],
    ['the letter', reply('B', { reflection: `${REFLECTION} The correct option is B.` }), 'reflection-states-answer'],
    [
      'the letter in brackets',
      reply('B', { reflection: `${REFLECTION} All of it supports (B).` }),
      'reflection-states-answer',
    ],
    [
      'the truth as given',
      reply('B', { reflection: `${REFLECTION} The ground truth says otherwise.` }),
      'mentions-truth',
    ],
    ['the annotators', reply('B', { think: `${THINK} This agrees with the annotated facts.` }), 'mentions-truth'],
    ['the facts word by word', reply('B', { think: FACTS.slice(13) }), 'copied-facts'],
    ['the initial reasoning', reply('B', { think: QA.initialReasoning + '' }), 'unchanged'],
    ['a time behind the end', reply('B', { think: `${THINK} At 45 s he comes back.` }), 'time-outside-video'],
    ['a clock behind the end', reply('B', { think: `${THINK} At 1:05 he comes back.` }), 'time-outside-video'],
    [
      'German',
      reply('B', {
        reflection:
          'Die erste Überlegung bleibt beim Standort des Mannes stehen und übersieht völlig die Bewegung seines Arms.',
        think:
          'Nach vier Sekunden tritt er vor den Bildschirm, danach schlägt er mehrmals kräftig zu, bis das Glas zersplittert.',
      }),
      'language',
    ],
    [
      'Chinese',
      reply('B', {
        reflection: '最初的推理没有注意到男子的动作。'.repeat(3),
        think: '他走到机器前面,用锤子敲打屏幕,然后离开。'.repeat(4),
      }),
      'language',
    ],
  ])('refuses %s', (_, text, code) => {
    expect(codes(text)).toContain(code);
  });

  it('judges when an anomaly happens', () => {
    expect(codes(tagReply('Normal', '[-1.0, -1.0]'), TAG)).toEqual(['wrong-answer']);
    expect(codes(tagReply('Anomaly', 'soon'), TAG)).toEqual(['span-missing']);
    expect(codes(tagReply('Anomaly', '[0.0, 6.0]'), TAG)).toEqual(['span-differs']);
    expect(codes(tagReply('Anomaly', '[0.0, 6.0]'), TAG, { minSpanIou: 0 })).toEqual([]);
    expect(codes(tagReply('Anomaly', '[5.0, 40.0]'), TAG)).toEqual(['span-outside-video']);
    expect(codes(tagReply('Anomaly', '[5.0, 12.0]'), { ...TAG, span: undefined })).toEqual(['wrong-answer']);
    expect(codes(reply('Anomaly'), TAG)).toEqual(['grammar']);
    const stated = reply('Anomaly', { reflection: `${REFLECTION} It has to be [5.0, 12.0].` }) + '<glue>[5, 12]</glue>';
    expect(codes(stated, { ...TAG, path: 'correct' })).toEqual(['reflection-states-answer']);
  });

  it('lets a refined answer be named, wrong options too, and articles pass for what they are', () => {
    const named = reply('B', { reflection: `${REFLECTION} Option B is right, but it says too little.` });
    expect(codes(named, { ...QA, path: 'refine' })).toEqual([]);
    expect(codes(named)).toEqual(['reflection-states-answer']);
    expect(codes(reply('B', { reflection: `${REFLECTION} Option A is not supported by what he does.` }))).toEqual([]);
    expect(
      codes(reply('A', { reflection: `${REFLECTION} To answer a question one has to look.` }), {
        ...QA,
        correctOption: 'A',
      }),
    ).toEqual([]);
  });

  it('goes by its limits', () => {
    expect(codes(reply(), QA, { maxReplyChars: 100 })).toEqual(['too-long']);
    expect(codes(reply('B', { think: FACTS.slice(13) }), QA, { maxCopiedRunWords: 1000, maxCopiedShare: 1 })).toEqual(
      [],
    );
    const foreign = reply('B', {
      think: 'Он подходит к автомату и бьёт по экрану молотком несколько раз, потом уходит прочь от людей.',
    });
    expect(codes(foreign)).toEqual(['language']);
    expect(codes(foreign, QA, { language: 'any' })).toEqual([]);
    const late = reply('B', { think: `${THINK} At 45 s he comes back.` });
    expect(codes(late, { ...QA, durationSec: undefined })).toEqual([]);
  });

  it('does not take what was cut off, however whole it looks', () => {
    expect(checkRevision(reply(), QA, { end: 'length' })).toMatchObject({ ok: false, faults: [{ code: 'cut-off' }] });
    expect(checkRevision(reply(), QA, { end: 'filtered' })).toMatchObject({
      ok: false,
      faults: [{ code: 'filtered' }],
    });
  });

  it('lists all that is wrong at once, and tells it to the teacher', () => {
    const text = reply('A', { reflection: 'Too hasty.', think: 'At 99 s he stands.' });
    const check = checkRevision(text, QA);
    const found = check.ok ? [] : check.faults;
    expect(found.map(({ code }) => code)).toEqual([
      ...[
        'wrong-answer',
        'reflection-too-short',
        'reasoning-too-short',
        'reflection-only-answer',
        'time-outside-video',
      ],
    ]);
    const feedback = revisionFeedback(found);
    for (const { message } of found) expect(feedback).toContain(`- ${message}\n`);
    expect(feedback).toContain('answer: expected B, received "A"');
  });

  it('never throws, and knows every code that it gives', () => {
    const pieces = fc.constantFrom(
      '<reflection>',
      '</reflection>',
      '<think>',
      '</think>',
      '<answer>',
      '</answer>',
      '<glue>',
      'B',
      '[1, 2]',
      '99:99',
      '\ud800',
      '9'.repeat(400) + ' s',
      ' ',
      'word ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 60 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(QA, TAG, { ...TAG, span: undefined }), (noise, truth) => {
        const check = checkRevision(noise, truth);
        if (check.ok) return;
        expect(check.faults.length).toBeGreaterThan(0);
        for (const { code } of check.faults) expect(REVISION_FAULTS).toContain(code);
      }),
    );
  });

  it('takes a megabyte of anything in the time of one', () => {
    const limits = { maxReplyChars: Infinity };
    const hostile = [
      reply('B', { think: '1 '.repeat(2 ** 19) }),
      reply('B', { think: '('.repeat(2 ** 20) }),
      reply('B', { think: 'answer is '.repeat(10 ** 5) }),
      reply('B', { think: '<a '.repeat(3 * 10 ** 5) }),
      reply('B', { reflection: '9:9'.repeat(3 * 10 ** 5) }),
      reply('B', { reflection: "option '".repeat(10 ** 5) }),
      '<think>'.repeat(10 ** 5),
      `${' '.repeat(2 ** 20)}<x`,
    ];
    // Quadratic work would take minutes, longer than a test may.
    for (const text of hostile) expect(codes(text, QA, limits)).not.toEqual([]);
  });
});

describe('timeClaims', () => {
  it.each<[string, number[]]>([
    ['at 5 s, at 7.5 seconds, after 12sec', [5, 7.5, 12]],
    ['by the 30th second of a 4-second gap', [30, 4]],
    ['two minutes in, 2 minutes, 1.5 min', [120, 90]],
    ['from [5.2, 10.4] to 0:42', [10.4, 42]],
    ['the clock in the picture reads 14:32:05, or 9:15 am', []],
    ['3 people, 60 fps, 2024, 12:75, v1.2.3', []],
  ])('%s', (text, seconds) => {
    expect(timeClaims(text).map(({ sec }) => sec)).toEqual(seconds);
  });
});

describe('copiedFrom', () => {
  it('counts runs of words, whatever stands between them', () => {
    expect(copiedFrom('a b c d e f', 'x A, b; c! D e y')).toEqual({ longestRunWords: 5, share: 2 / 4 });
    expect(copiedFrom('a b c d', 'a b c x d')).toEqual({ longestRunWords: 0, share: 0 });
    expect(copiedFrom('', 'a b c d')).toEqual({ longestRunWords: 0, share: 0 });
    expect(copiedFrom('a b c d', 'a')).toEqual({ longestRunWords: 0, share: 0 });
  });

  it('finds the whole of a text in itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('he', 'runs', 'to', 'the', 'door'), { minLength: 4, maxLength: 40 }),
        (words) => {
          const text = words.join(' ');
          expect(copiedFrom(text, text)).toEqual({ longestRunWords: words.length, share: 1 });
        },
      ),
    );
  });
});
