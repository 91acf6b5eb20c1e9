import { refusal } from '../../test/refusal';
import { checkFields, fieldCheck, listOf, oneOf, orNull, refuseOtherFields } from './field-checks';

interface Span {
  name: string;
  sec: readonly [number, number] | null;
  kind: 'a' | 'b';
}

const SPAN = { name: fieldCheck.unicode, sec: orNull(listOf(2, fieldCheck.seconds)), kind: oneOf(['a', 'b']) };

describe('checkFields', () => {
  it('gives back what holds', () => {
    const value = { name: 'ä😀', sec: [0, 1.5], kind: 'a' };
    expect(checkFields<Span>(value, SPAN, 'f.jsonl, line 2')).toBe(value);
    expect(checkFields<Span>({ ...value, sec: null }, SPAN, 'x').sec).toBeNull();
  });

  it.each([
    [{ name: '\ud800' }, 'name: expected a text of well-formed Unicode, received "\\ud800" (string)'],
    [{ sec: [1] }, 'sec: expected 2 values, each seconds from 0 on, or null, received an array of 1'],
    [{ sec: [1, -1] }, 'sec: expected 2 values, each seconds from 0 on, or null, received an array of 2'],
    [{ sec: undefined }, 'sec: expected 2 values, each seconds from 0 on, or null, received nothing'],
    [{ kind: 'c' }, 'kind: expected one of a, b, received "c" (string)'],
  ])('names where, which and what of %j', (changes, message) => {
    const act = () => checkFields<Span>({ name: 'n', sec: null, kind: 'a', ...changes }, SPAN, 'f, line 2', 'span.');
    expect(refusal(act)).toMatchObject({ code: 'UNPROCESSABLE', message: `f, line 2: span.${message}` });
  });

  it.each([[null], [5], [[]], ['x']])('takes %j for no object', (value) => {
    expect(refusal(() => checkFields<Span>(value, SPAN, 'f, line 2')).message).toMatch(
      /^f, line 2: expected a JSON object/,
    );
    expect(refusal(() => checkFields<Span>(value, SPAN, 'f', 'a.b.')).message).toMatch(/^f: a\.b: expected an object/);
  });

  it('knows numbers that JSON has not', () => {
    for (const value of [NaN, Infinity, '1']) expect(fieldCheck.finite[1](value)).toBe(false);
    for (const value of [1.5, -1, 2 ** 53, '1']) expect(fieldCheck.count[1](value)).toBe(false);
    expect(fieldCheck.count[1](0)).toBe(true);
  });
});

describe('refuseOtherFields', () => {
  it('names a field that nobody reads, those that every object has too', () => {
    expect(() => refuseOtherFields({ name: 1 }, SPAN, 'f')).not.toThrow();
    for (const name of ['other', 'constructor', '__proto__']) {
      const value = JSON.parse(`{"${name}": 1}`) as object;
      expect(refusal(() => refuseOtherFields(value, SPAN, 'f', 'p.')).message).toBe(
        `f: p.${name}: expected no such field, received 1 (number)`,
      );
    }
  });
});
