import fc from 'fast-check';
import { parsePythonLiteral } from './python-literal';
import { normaliseReasoning } from './reasoning';

describe('parsePythonLiteral', () => {
  it.each<[string, unknown]>([
    [`'a'`, 'a'],
    [`"it's"`, "it's"],
    [String.raw`'it\'s \"\\ \n\t\x41\u00e9\U0001f600\q'`, 'it\'s "\\ \n\tAé😀\\q'],
    ['-1.5e3', '-1.5e3'],
    ['True', 'True'],
    ['[]', []],
    ["['a', ('b',), [1, None]]", ['a', ['b'], ['1', 'None']]],
    [
      "  {'a': 'b', 'c': {}} \n",
      new Map<string, unknown>([
        ['a', 'b'],
        ['c', new Map()],
      ]),
    ],
    [
      "{'__proto__': 'x', 1: 'y'}",
      new Map([
        ['__proto__', 'x'],
        ['1', 'y'],
      ]),
    ],
  ])('reads %s', (text, expected) => {
    expect(parsePythonLiteral(text)).toEqual(expected);
  });

  it.each([
    '',
    '{',
    "{'a'}",
    "{'a': }",
    "{'a': 'b'",
    "{'a': 'b'} and more",
    "{'a': 'b' 'c': 'd'}",
    "'a\nb'",
    "'open",
    "'\\",
    "'\\u12'",
    "'\\U00ffffff'",
    '{[1]: 2}',
    '12abc',
    '__import__("os")',
    `${'['.repeat(40)}${']'.repeat(40)}`,
  ])('finds no literal in %j', (text) => {
    expect(parsePythonLiteral(text)).toBeUndefined();
  });

  it('is total, and linear on hostile text', () => {
    const unit = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      "'",
      '"',
      '\\',
      ':',
      ',',
      'x',
      '1',
      '.',
      'e',
      ' ',
      '\n',
      'u',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => void parsePythonLiteral(text)),
      { numRuns: 2000 },
    );
    const n = 1_000_000;
    for (const open of ['{', '[', '(', "{'a':", "'", '\\', "'\\", '1', '1_', '[1,', "{'a':1,", ' ', '-', '.']) {
      parsePythonLiteral(open.repeat(n / open.length));
      parsePythonLiteral(`${open.repeat(n / open.length)}x`);
    }
  }, 10_000);

  it('reads back what it would be written as', () => {
    const quoted = (text: string): string =>
      `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.array(fc.string()))), (pairs) => {
        const text = `{${pairs.map(([key, items]) => `${quoted(key)}: [${items.map(quoted).join(', ')}]`).join(', ')}}`;
        expect(parsePythonLiteral(text)).toEqual(new Map(pairs));
      }),
    );
  });
});

describe('normaliseReasoning', () => {
  it('writes the repr of a dict as Markdown sections', () => {
    const raw = `{'Location': "the gate's yard", 'Key Evidence:': ['two men', 'a hinge'], 'Steps': {'first': 'lift', 'then': ['run', 'hide']}}`;
    expect(normaliseReasoning(raw)).toBe(
      [
        "### Location: the gate's yard",
        '### Key Evidence:',
        '- two men',
        '- a hinge',
        '### Steps:',
        '- **first**: lift',
        '- **then**:',
        '  - run',
        '  - hide',
      ].join('\n'),
    );
  });

  it.each(['### Location: yard', '', "{'broken': ", '{}', '[1, 2]', "{'a', 'b'}"])('leaves %j as it is', (raw) => {
    expect(normaliseReasoning(raw)).toBe(raw);
  });
});
