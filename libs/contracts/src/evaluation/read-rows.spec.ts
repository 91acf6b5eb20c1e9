import { parseDto } from '../validation/parse-dto';
import type { SrvauError } from '../wire/errors';
import { parseLenientJson, readPrediction, readPredictions, readReference, readReferences } from './read-rows';
import { PredictionDto, ReferenceDto } from './rows';

const caught = (work: () => unknown): SrvauError => {
  try {
    work();
  } catch (error) {
    return error as SrvauError;
  }
  throw new Error('expected an error');
};

describe('readReference', () => {
  const qa = { id: 'q1', task: 'qa', label: 'B' };
  const absent = {
    label: undefined,
    normal: undefined,
    spanSec: undefined,
    anomalyClass: undefined,
    durationSec: undefined,
  };

  it.each<[object, object]>([
    [qa, { ...absent, ...qa }],
    [
      { ...qa, label: null },
      { ...absent, id: 'q1', task: 'qa' },
    ],
    [
      { id: 't1', task: 'tag', normal: false, spanSec: [2, 6], anomalyClass: 'Fire', durationSec: 8 },
      { ...absent, id: 't1', task: 'tag', normal: false, spanSec: [2, 6], anomalyClass: 'Fire', durationSec: 8 },
    ],
    [
      { id: 'n', task: 'tag', anomalyClass: 'Normal' },
      { ...absent, id: 'n', task: 'tag', anomalyClass: 'Normal', normal: true },
    ],
    [
      { id: 'n', task: 'tag', anomalyClass: 'Normal', normal: false },
      { ...absent, id: 'n', task: 'tag', anomalyClass: 'Normal', normal: false },
    ],
  ])('reads %j', (value, row) => {
    expect(readReference(value, 'r')).toEqual(row);
    parseDto(ReferenceDto, value, 'r');
  });

  it.each<[string, unknown, string]>([
    ['id', undefined, 'a string of 1 to 512 characters, received nothing'],
    ['id', 5, 'a string of 1 to 512 characters, received 5 (number)'],
    ['id', '', 'a string of 1 to 512 characters, received "" (string)'],
    ['task', 'vqa', 'one of qa, tag, received "vqa" (string)'],
    ['label', 'b', 'one letter from A to Z, received "b" (string)'],
    ['normal', 'yes', 'a boolean, received "yes" (string)'],
    ['spanSec', [1], '[start, end], two numbers of seconds, received [1 (number)]'],
    ['spanSec', ['1', 2], '[start, end], two numbers of seconds, received ["1" (string), 2 (number)]'],
    ['anomalyClass', '', 'a string of 1 to 200 characters, received "" (string)'],
    ['durationSec', 0, 'a number above 0, received 0 (number)'],
    ['anomaly_class', 'Fire', 'no such field, received "Fire" (string)'],
  ])('refuses %s = %j', (field, item, rest) => {
    const value = { ...qa, [field]: item };
    const error = caught(() => readReference(value, 'r.jsonl, line 3'));
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', details: [expect.objectContaining({ field })] });
    expect(error.message).toBe(`r.jsonl, line 3: ${field}: expected ${rest}`);
    expect(caught(() => parseDto(ReferenceDto, value, 'r')).details[0]?.field.replace(/\[\d\]$/, '')).toBe(field);
  });

  it('refuses what is no object', () => {
    expect(caught(() => readReference([], 'line 1', 'UNPROCESSABLE'))).toMatchObject({
      code: 'UNPROCESSABLE',
      message: 'line 1: expected a reference as a JSON object, received an array of 0',
    });
  });
});

describe('readPrediction', () => {
  const absent = { completion: undefined, answer: undefined, spanSec: undefined, fault: undefined };

  it.each<[object, object]>([
    [{ completion: '<answer>B</answer>' }, { completion: '<answer>B</answer>' }],
    [{ answer: 'B' }, { answer: 'B' }],
    [
      { answer: 'Anomaly', spanSec: [6, 2] },
      { answer: 'Anomaly', spanSec: [6, 2] },
    ],
    [{}, {}],
    [{ completion: null, answer: 'B', spanSec: null }, { answer: 'B' }],
    [
      { answer: 'Anomaly', spanSec: ['2', '6'] },
      { answer: 'Anomaly', fault: 'span-not-two-numbers' },
    ],
    [
      { answer: 'Anomaly', spanSec: 'late' },
      { answer: 'Anomaly', fault: 'span-not-two-numbers' },
    ],
    [
      { answer: 'Anomaly', spanSec: [null, 6] },
      { answer: 'Anomaly', fault: 'span-not-two-numbers' },
    ],
    [{ completion: 5 }, { fault: 'text-not-string' }],
    [{ answer: ['B'] }, { fault: 'text-not-string' }],
  ])('takes %j as data', (value, row) => {
    expect(readPrediction({ id: 'p', ...value }, 'p')).toEqual({ ...absent, id: 'p', ...row });
  });

  it.each<[object, string]>([
    [{}, 'id'],
    [{ id: 7 }, 'id'],
    [{ id: 'p', completion: 'x', answer: 'B' }, 'answer'],
    [{ id: 'p', completion: 'x', spanSec: [1, 2] }, 'spanSec'],
    [{ id: 'p', anwser: 'B' }, 'anwser'],
  ])('refuses %j', (value, field) => {
    expect(caught(() => readPrediction(value, 'p'))).toMatchObject({ details: [expect.objectContaining({ field })] });
  });

  it('takes what the schema takes, of fields that are right', () => {
    parseDto(PredictionDto, { id: 'p', answer: 'Anomaly', spanSec: [1, 2] }, 'p');
    parseDto(PredictionDto, { id: 'p', completion: '' }, 'p');
  });
});

it('names the rows of a list, and counts what is beyond fifty faults', () => {
  expect(caught(() => readPredictions([{ id: 'a' }, 5], 'predictions')).details).toEqual([
    { field: 'predictions[1]', expected: 'a JSON object', received: '5 (number)' },
  ]);
  const error = caught(() =>
    readReferences(
      Array.from({ length: 60 }, () => ({})),
      'references',
    ),
  );
  expect(error.details).toHaveLength(50);
  expect(error.message).toMatch(/^references\[0\]\.id: .*; and 115 more$/);
  expect(caught(() => readReferences({}, 'references')).message).toBe(
    'references: expected an array of references, received an object with no keys',
  );
});

describe('parseLenientJson', () => {
  it.each<[string, unknown]>([
    ['{"a":[NaN, 2.5]}', { a: [null, 2.5] }],
    ['{"a":[-Infinity,Infinity]}', { a: [null, null] }],
    ['{"a":"NaN, \\"NaN\\" Infinity","b":NaN}', { a: 'NaN, "NaN" Infinity', b: null }],
    ['{"NaN":1}', { NaN: 1 }],
  ])('reads %s', (text, value) => expect(parseLenientJson(text)).toEqual(value));

  it.each(['{"a":', 'id,answer', '{"a":NaNs}', 'xNaN', '{"a":+NaN}'])('refuses %s', (text) => {
    expect(() => parseLenientJson(text)).toThrow(SyntaxError);
  });
});
