import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import type { EvaluationScores } from '@srvau/contracts';
import { CliHome } from './support/cli';
import { grounding, questions, writeJsonl } from './support/evaluation-rows';

jest.setTimeout(240_000);

let home: CliHome;
beforeAll(async () => (home = await CliHome.create()));
afterAll(() => home.remove());

const file = (name: string, rows: readonly object[] | string): string => {
  if (typeof rows === 'string') writeFileSync(join(home.dir, name), rows);
  else writeJsonl(join(home.dir, name), rows);
  return name;
};

describe('srvau evaluate score', () => {
  const qa = questions(251, 243);
  const tag = grounding(Array.from({ length: 402 }, (_, i) => (i < 97 ? 0.7 : i < 170 ? 0.5 : i < 256 ? 0.3 : 0.1)));
  const without = Array.from({ length: 36 }, (_, i) => ({ id: `none${i}`, task: 'tag', normal: false }));
  let args: string[];

  beforeAll(() => {
    const references = file('references.jsonl', [...qa.references, ...tag.references, ...without]);
    const predictions = file('predictions.jsonl', [...tag.predictions, ...qa.predictions]);
    args = ['evaluate', 'score', '--predictions', predictions, '--references', references];
  });

  it.each(['strict', 'vau-bench'])(
    'gives published figures from their counts, without a service (%s)',
    async (protocol) => {
      const scores = await home.json<EvaluationScores>([...args, '--protocol', protocol]);
      expect(scores.qa).toMatchObject({ correct: 243, total: 251, unparsable: 0, missing: 0 });
      expect(scores.qa.accuracy).toBeCloseTo(96.81, 2);
      expect(scores.tag).toMatchObject({ total: 402, unparsable: 0, missing: 0, skipped: 36 });
      expect(Object.values(scores.tag.recall).map((share) => share?.toFixed(2))).toEqual(['63.68', '42.29', '24.13']);
      expect(Object.keys(scores)).toEqual([
        ...['protocol', 'qa', 'tag', 'transitions', 'intervals', 'classes', 'coverage', 'skipped', 'faults'],
      ]);
      expect(await home.processes()).toEqual([]);
    },
  );

  it('prints the same bytes again, and other intervals for another seed', async () => {
    const [first, again, other] = await Promise.all(
      [[], [], ['--seed', '1']].map((more) => home.run([...args, '--json', ...more])),
    );
    expect(first?.stdout).toBe(again?.stdout);
    expect(other?.stdout).not.toBe(first?.stdout);
  });

  it('shows a table, and names what is to be looked at', async () => {
    const { code, stdout } = await home.run(args);
    expect(code).toBe(0);
    expect(stdout).toContain('protocol strict\n');
    expect(stdout).toMatch(/^ +251 +0 +0 +0 +243 +96\.81$/m);
    expect(stdout).toMatch(/^ +402 +0 +0 +36 +\d\d\.\d\d +63\.68 +42\.29 +24\.13$/m);
    expect(stdout).toContain('skipped, tag:no-span: 36 (none0, none1, none2, …)');
  });

  it('reads predictions from standard input, with NaN as Python writes it', async () => {
    const references = file('two.jsonl', grounding([1, 1]).references);
    const lines =
      '{"id": "t0", "answer": "Anomaly", "spanSec": [NaN, 4]}\n{"id": "t1", "answer": "NaN", "spanSec": [0, 5]}\n';
    const more = ['evaluate', 'score', '--predictions', '-', '--references', references, '--json'];
    const { code, stdout } = await home.run(more, {}, lines);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as EvaluationScores).tag).toMatchObject({ mIoU: 0, total: 2, unparsable: 2 });
  });

  it.each<[string, string, string, number, RegExp]>([
    [
      'a CSV',
      'answers.csv',
      'id,answer\nq0,C\n',
      1,
      /answers\.csv, line 1: expected one JSON value, received .*id,answer/,
    ],
    [
      'a wrong row',
      'wrong.jsonl',
      '{"id":"q0","answer":"C"}\n{"answer":"C"}\n',
      1,
      /wrong\.jsonl, line 2: id: expected/,
    ],
    ['a binary file', 'video.jsonl', '\u0000\u0001', 1, /video\.jsonl, line 1: expected one JSON value/],
  ])('refuses predictions that are %s', async (_, name, text, exit, message) => {
    file(name, text);
    const { code, stdout, stderr } = await home.run([...args.slice(0, 2), '--predictions', name, ...args.slice(4)]);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(message);
  });

  it('refuses no references, no file, and wrong usage', async () => {
    file('empty.jsonl', '\n');
    const run = (references: string, ...more: string[]): ReturnType<CliHome['run']> =>
      home.run([...args.slice(0, 4), '--references', references, ...more]);
    expect(await run('empty.jsonl')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/empty\.jsonl: expected references, one a line, received none/) as string,
    });
    expect(await run('gone.jsonl', '--json')).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringContaining('"code":"NOT_FOUND"') as string,
    });
    expect((await run('references.jsonl', '--protocol', 'loose')).code).toBe(2);
    expect((await home.run(['evaluate', 'score', '--predictions', '-', '--references', '-'])).code).toBe(2);
  });
});
