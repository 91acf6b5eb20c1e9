import fc from 'fast-check';
import { JUDGE_FAULTS, VAU_EVAL_DIMENSIONS, type VauEvalMarks } from '@srvau/contracts';
import { flatObjects } from './flat-objects';
import { readMarks } from './read-marks';

/** `FUZZ_RUNS=1000000` for a long run. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000);

const marks: VauEvalMarks = { cls: 8, km: 7, flu: 10, inf: 0, fac: 6 };
const json = JSON.stringify(marks);
const without = (field: keyof VauEvalMarks): object => ({ ...marks, [field]: undefined });

describe('readMarks', () => {
  it.each([
    ['as asked for', `{"reason": "It says \\"fire\\" {twice}.", ${json.slice(1)}`],
    ['a fenced block', `\`\`\`json\n${json}\n\`\`\``],
    ['prose around it', `I weighed {both} sides.\n"Well":\n${json}\nThat is all; it's {fine}.`],
    ['a comma too many', json.replace('}', ', }')],
    ['line breaks within quotes', `{"reason": "one\ntwo", ${json.slice(1)}`],
    ['names in capitals', json.toUpperCase()],
    ['other members', `{"total": 50, "sure": true, "none": null, ${json.slice(1)}`],
    ['thinking before it', `<think>Perhaps {"cls": 1}? ${JSON.stringify({ ...marks, cls: 2 })}</think>${json}`],
    ['the same twice', `${json} I say it again: ${json}`],
    ['a whole number with a point', json.replace('8', '8.0')],
    ['a stray quote in prose', `{ "so {it} goes\n${json}`],
    ['within another object', `{"scores": ${json}}`],
  ])('repairs what stands around the marks: %s', (_, text) => {
    expect(readMarks(text, 'stop')).toEqual({ marks, fault: null });
  });

  it.each([
    ['', 'empty', 'received nothing'],
    [' \n', 'empty', 'received nothing'],
    ['<think>It is good.</think>', 'empty', 'received nothing'],
    ['The description is good; I would give 8 of 10.', 'no-marks', 'received none'],
    ['CLS: 8, KM: 7, FLU: 10, INF: 0, FAC: 6', 'no-marks', 'cls, km, flu, inf, fac'],
    ['[8, 7, 10, 0, 6]', 'no-marks', 'received none'],
    ['{"total": 31}', 'no-marks', 'received none'],
    [json.slice(0, -1), 'no-marks', 'received none'],
    [JSON.stringify(without('km')), 'mark-missing', 'km: expected, received none'],
    [json.replace('8', '11'), 'mark-wrong', 'cls: expected a whole number from 0 to 10, received 11'],
    [json.replace('8', '-1'), 'mark-wrong', 'received -1'],
    [json.replace('8', '7.5'), 'mark-wrong', 'received 7.5'],
    [json.replace('8', '8/10'), 'mark-wrong', 'received 8/10'],
    [json.replace('8', '"8/10"'), 'mark-wrong', 'received "8/10" (string)'],
    [json.replace('8', '"8"'), 'mark-wrong', 'received "8" (string)'],
    [json.replace('8', '08'), 'mark-wrong', 'received 08'],
    [json.replace('8', '1e400'), 'mark-wrong', 'received 1e400'],
    [json.replace('8', 'null'), 'mark-wrong', 'received null'],
    [json.replace('8', 'NaN'), 'mark-wrong', 'received NaN'],
    [json.replace('8', 'eight'), 'mark-wrong', 'received eight'],
    [`{"cls": 9, ${json.slice(1)}`, 'ambiguous', 'cls: expected once, received twice'],
    [`${json} No, rather ${json.replace('8', '9')}`, 'ambiguous', 'received 2 that differ'],
    [`{"cls": 8} ${json}`, 'ambiguous', 'received 2 that differ'],
  ])('refuses %j', (text, code, message) => {
    const { marks: none, fault } = readMarks(text, 'stop');
    expect([none, fault?.code]).toEqual([null, code]);
    expect(fault?.message).toContain(message);
  });

  it('takes nothing from a reply that was cut off or held back', () => {
    expect(readMarks(json, 'length').fault?.code).toBe('cut-off');
    expect(readMarks(json.repeat(1000), 'length').fault?.code).toBe('cut-off');
    expect(readMarks(json, 'filtered').fault?.code).toBe('filtered');
  });

  it('tells of all five', () => {
    expect(readMarks('{"cls": 11, "km": "x", "inf": 3}', 'stop').fault?.message.split('; ')).toHaveLength(4);
  });
});

const mark = fc.integer({ min: 0, max: 10 });
const anyMarks = fc.record({ cls: mark, km: mark, flu: mark, inf: mark, fac: mark });
const prose = fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", ':', ',', '8', '\n', '}', ']', '[', 'é', '😀') });
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r\n'), maxLength: 3 });

test('property: marks come back whatever stands around them, in any order and spacing', () => {
  const text = fc
    .tuple(anyMarks, prose, prose, space, fc.boolean(), fc.shuffledSubarray([...VAU_EVAL_DIMENSIONS], { minLength: 5 }))
    .map(([given, before, after, gap, comma, order]) => {
      const members = order.map((name) => `${gap}"${name}"${gap}:${gap}${given[name]}${gap}`).join(',');
      return { given, text: `${before}{${members}${comma ? ',' : ''}${gap}}${after}` };
    });
  fc.assert(
    fc.property(text, (each) => {
      expect(readMarks(each.text, 'stop')).toEqual({ marks: each.given, fault: null });
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('property: one mark that is none refuses all of them', () => {
  const other = fc.oneof(
    fc.integer().filter((n) => n < 0 || n > 10),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n)),
    fc.string(),
    fc.constant(null),
    fc.boolean(),
    fc.array(mark),
    fc.record({ score: mark }),
  );
  fc.assert(
    fc.property(anyMarks, fc.constantFrom(...VAU_EVAL_DIMENSIONS), other, (given, name, value) => {
      expect(readMarks(JSON.stringify({ ...given, [name]: value }), 'stop').marks).toBeNull();
    }),
    { seed: 4, numRuns: 500 },
  );
});

test('fuzz: whatever stands there is read or refused, and objects of JSON are found', () => {
  const pieces = ['{', '}', '"', ':', ',', '"cls":', '8', '11', '-', '.', '\\', '\n', '[', ']', '</think>', 'x', json];
  const hostile = fc.oneof(
    fc.string({ unit: fc.constantFrom(...pieces), maxLength: 60 }),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const { marks: read, fault } = readMarks(text, 'stop');
      if (read === null) expect(JUDGE_FAULTS).toContain(fault.code);
      else
        expect(Object.values(read).every((value) => Number.isInteger(value) && value >= 0 && value <= 10)).toBe(true);
      expect((fault?.message.length ?? 0) < 2000).toBe(true);
    }),
    { seed: 5, numRuns: RUNS },
  );
  const flat = fc.dictionary(
    fc.string({ maxLength: 20 }).filter((name) => !/["\\{\n]/.test(name) && name !== '__proto__'),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  );
  fc.assert(
    fc.property(flat, (object) => {
      const [found = []] = flatObjects(JSON.stringify(object, null, 1));
      expect(found.map(({ name }) => name)).toEqual(Object.keys(object));
      const values = found.map(({ text, quoted }) => JSON.parse(quoted ? `"${text}"` : text) as unknown);
      expect(values).toEqual(Object.values(object));
    }),
    { seed: 6, numRuns: 500 },
  );
});
