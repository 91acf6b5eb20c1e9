import { MAX_REJECT_TEXT_CHARS, type ReflectRecord, SrvauError } from '@srvau/contracts';
import fc from 'fast-check';
import { refusal } from '@srvau/contracts/test/refusal';
import { qaRecord, reject, tagRecord } from '../../test/records';
import { checkRecord } from './check-record';
import { checkReject } from './check-reject';
import { makeReject } from './make-record';

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('makeRecord', () => {
  it('reads rounds, path and outcome from the transcript', () => {
    expect(qaRecord()).toMatchObject({
      id: 'clip-000001.mp4:qa:0',
      path: 'correct',
      initial: { reasoning: 'Two men stand.', answer: 'B', spanSec: null, correct: false },
      reflection: 'The blows at the door were overlooked.',
      revised: { reasoning: 'One man hits the other twice.', answer: 'C', spanSec: null },
    });
    expect(tagRecord()).toMatchObject({
      path: 'refine',
      initial: { answer: 'Anomaly', spanSec: [2, 6], correct: true },
      revised: { answer: 'Anomaly', spanSec: [4, 8] },
    });
  });

  it('takes a first answer that names none for wrong', () => {
    const transcript = qaRecord().transcript.replace('<answer>B</answer>', '<answer>B or C</answer>');
    expect(qaRecord(1, { transcript })).toMatchObject({ path: 'correct', initial: { answer: null, correct: false } });
  });

  it('keeps no times of what is normal', () => {
    const transcript = tagRecord()
      .transcript.replaceAll('Anomaly', 'Normal')
      .replace(/\[\d.*?\]/g, '[-1.0, -1.0]');
    const record = tagRecord(1, { transcript, truth: { normal: true } });
    expect(record).toMatchObject({ revised: { answer: 'Normal', spanSec: null }, truth: { normal: true } });
  });

  it('puts U+FFFD for half a surrogate pair that a model wrote', () => {
    const transcript = qaRecord().transcript.replace('stand', '\ud83d stand');
    const record = qaRecord(1, { transcript, completion: 'a\udc00b' });
    expect(record.initial).toMatchObject({ reasoning: 'Two men \ufffd stand.', completion: 'a\ufffdb' });
  });

  it.each([
    [
      'a final answer that is wrong',
      { transcript: qaRecord().transcript.replace('C</answer>', 'D</answer>') },
      /right one, C/,
    ],
    [
      'a final answer that names none',
      { transcript: qaRecord().transcript.replace('C</answer>', '?</answer>') },
      /final answer/,
    ],
    [
      'a transcript with text around it',
      { transcript: `So: ${qaRecord().transcript}` },
      /transcript: expected the segments think/,
    ],
    [
      'a transcript without reflection',
      { transcript: qaRecord().transcript.replace(/<reflection>.*n>/, '') },
      /expected <reflection>/,
    ],
    ['a question without options', { options: null }, /options: expected/],
    ['a right option that there is none of', { correctOption: 'E', truth: { label: 'E' } }, /one of A, B, C, D/],
    ['a truth that is another', { truth: { label: 'B' } }, /truth.label: expected C/],
    ['a truth of the other task', { truth: { label: 'C', normal: true } }, /truth.normal: expected no such field/],
  ])('refuses %s', (_what, changes, message) => {
    expect(refusal(() => qaRecord(1, changes)).message).toMatch(message);
  });

  it.each([
    ['an anomaly without times', { truth: { normal: false } }, /truth.spanSec: expected \[start, end\]/],
    ['times that end before they begin', { truth: { normal: false, spanSec: [8, 4] as const } }, /truth.spanSec/],
    [
      'a normal video with times',
      { truth: { normal: true, spanSec: [4, 8] as const } },
      /truth.spanSec: expected no such/,
    ],
    ['a question', { question: 'What?' }, /question: expected null/],
    ['an anomaly called normal', { truth: { normal: true } }, /revised.answer: expected the right one, Normal/],
    [
      'a final anomaly without times',
      { transcript: tagRecord().transcript.replace('[4.0, 8.0]', 'later') },
      /revised.spanSec: expected the times/,
    ],
  ])('refuses in grounding %s', (_what, changes, message) => {
    expect(refusal(() => tagRecord(1, changes)).message).toMatch(message);
  });
});

describe('checkRecord', () => {
  it('takes what makeRecord made, through JSON, and gives it back with its fields in order', () => {
    for (const record of [qaRecord(), tagRecord()]) {
      const shuffled = Object.fromEntries(Object.entries(json(record) as object).reverse());
      expect(JSON.stringify(checkRecord(shuffled, 'line'))).toBe(JSON.stringify(record));
    }
  });

  const broken = (change: (record: Record<string, never>) => void): unknown => {
    const record = json(qaRecord()) as Record<string, never>;
    change(record);
    return record;
  };

  it.each<[string, (record: ReflectRecord & Record<string, unknown>) => void, RegExp]>([
    ['an unknown field', (r) => (r['note'] = 1), /^l: note: expected no such field/],
    [
      'a lost field',
      (r) => delete (r as { path?: string }).path,
      /^l: path: expected one of correct, refine, received nothing/,
    ],
    ['an id of another row', (r) => (r.id = 'x:qa:0'), /^l: id: expected clip-000001.mp4:qa:0/],
    [
      'another reasoning than the transcript',
      (r) => (r.initial.reasoning = 'x'),
      /initial.reasoning: expected what the transcript/,
    ],
    ['another reflection', (r) => (r.reflection = 'x'), /reflection: expected the text of the transcript/],
    [
      'a span that is none',
      (r) => (r.revised.spanSec = [1, 2]),
      /revised.spanSec: expected null, as in the transcript/,
    ],
    ['a wrong outcome', (r) => (r.initial.correct = true), /initial.correct: expected false/],
    ['the other path', (r) => (r.path = 'refine'), /path: expected correct/],
    ['half a surrogate pair', (r) => (r.video = '\ud800'), /video: expected a text of well-formed Unicode/],
    [
      'no model',
      (r) => Object.assign(r.provenance.initial ?? {}, { model: null }),
      /provenance.initial.model: expected an object/,
    ],
    [
      'no attempt',
      (r) => Object.assign(r.provenance.teacher ?? {}, { attempts: 0 }),
      /provenance.teacher.attempts: expected/,
    ],
    [
      'a negative cost',
      (r) => Object.assign(r.provenance.teacher ?? {}, { costUsd: -1 }),
      /costUsd: expected an amount/,
    ],
  ])('refuses %s', (_what, change, message) => {
    const error = refusal(() => checkRecord(broken(change as never), 'l'));
    expect(error.code).toBe('UNPROCESSABLE');
    expect(error.message).toMatch(message);
  });

  it('throws nothing but SrvauError, whatever a line holds', () => {
    const record = json(qaRecord()) as Record<string, unknown>;
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant({ ...record }));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(record)), value, fc.boolean(), (field, other, whole) => {
        try {
          checkRecord(whole ? other : { ...record, [field]: other }, 'line');
        } catch (error) {
          expect(error).toBeInstanceOf(SrvauError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('rejects', () => {
  it('are cut to what a line may hold, not through a pair', () => {
    const long = makeReject({ ...reject(), detail: `${'x'.repeat(MAX_REJECT_TEXT_CHARS - 1)}😀`, lastReply: null });
    expect(long.detail).toHaveLength(MAX_REJECT_TEXT_CHARS);
    expect(long.detail.at(-1)).toBe('\ufffd');
    expect(checkReject(json(long), 'line')).toEqual(long);
  });

  it.each([
    [{ reason: 'Wrong Answer' }, /reason: expected a code in kebab case/],
    [{ stage: 'later' }, /stage: expected one of video/],
    [{ usage: { promptTokens: -1, completionTokens: 0, costUsd: null } }, /usage.promptTokens/],
  ])('are refused with %j', (changes, message) => {
    expect(refusal(() => checkReject({ ...reject(), ...changes }, 'l')).message).toMatch(message);
  });
});
