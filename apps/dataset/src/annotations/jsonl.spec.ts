import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { SrvauError } from '@srvau/contracts';
import { judgeAnnotation } from './annotation-row';
import { readJsonlAnnotations } from './jsonl';
import { originOfFile } from './origin';
import type { RawAnnotation } from './raw-annotation';

async function collect(source: AsyncIterable<Uint8Array>): Promise<RawAnnotation[]> {
  const rows: RawAnnotation[] = [];
  for await (const row of readJsonlAnnotations(source, 'rows.jsonl').rows) rows.push(row);
  return rows;
}

async function* from(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe('readJsonlAnnotations', () => {
  it('reads rows; what is left out, or null, is absent', async () => {
    const rows = await collect(createReadStream(join(__dirname, '../../../../tests/fixtures/annotations/rows.jsonl')));
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      row: 1,
      line: 1,
      id: null,
      video: 'yard_1.mp4',
      correctOption: 'A',
      span: { kind: 'span', spanSec: [2.5, 7] },
      source: null,
    });
    expect(rows[1]).toMatchObject({ row: 2, question: null, options: null, source: 'msad', split: 'train' });
    expect(rows[2]).toMatchObject({ row: 3, line: 4, id: 'gate-1', span: { kind: 'none' } });
  });

  it('reads events, and leaves out of a row those that end before they begin', async () => {
    const events = [
      { startSec: 4, endSec: 6.5, who: 'the man in grey', what: 'climbs the fence', anomalous: true },
      { startSec: 0, who: 'a dog', what: 'barks' },
      { startSec: 5, endSec: 3, who: 'a car', what: 'passes by' },
    ];
    const [row] = await collect(from(JSON.stringify({ video: 'a.mp4', anomalyClass: 'Intrusion', events })));
    const [climbs, barks] = [events[0], { ...events[1], endSec: null, anomalous: false }];
    expect(row?.events).toEqual([climbs, barks, { ...events[2], anomalous: false }]);
    if (row === undefined) throw new Error('expected a row');
    const { fields, warnings } = judgeAnnotation(row, originOfFile('rows.jsonl'), { source: null, split: null });
    expect(fields.events).toEqual([climbs, barks]);
    expect(warnings.map(({ reason }) => reason)).toEqual(['events:end-before-start']);
  });

  it.each([
    ['who', { startSec: 1, what: 'runs' }],
    ['what', { startSec: 1, who: 'a man', what: 'runs\nand falls' }],
    ['startSec', { startSec: -1, who: 'a man', what: 'runs' }],
    ['color', { startSec: 1, who: 'a man', what: 'runs', color: 'red' }],
  ])('refuses an event with a wrong %s', async (field, event) => {
    const line = JSON.stringify({ video: 'a.mp4', anomalyClass: 'Normal', events: [event] });
    await expect(collect(from(line))).rejects.toThrow(`rows.jsonl line 1: events[0].${field}: expected`);
  });

  it.each([
    ['no JSON', 'x', 'rows.jsonl line 2: expected one JSON object, received "x"'],
    ['an array', '[]', 'line 2: expected a JSON object, received an array of 0'],
    ['no class', '{"video":"a.mp4"}', 'line 2: anomalyClass: expected'],
    ['an unknown field', '{"video":"a","anomalyClass":"Fire","fps":1}', 'fps: expected no such field'],
    ['a wrong type', '{"video":1,"anomalyClass":"Fire"}', 'video: expected'],
    ['three options', '{"video":"a","anomalyClass":"Fire","options":["1","2","3"]}', 'options: expected'],
    ['a span of text', '{"video":"a","anomalyClass":"Fire","spanSec":["1","2"]}', 'spanSec: expected'],
    ['an unknown split', '{"video":"a","anomalyClass":"Fire","split":"dev"}', 'split: expected'],
    ['CSV', 'Video Name,Question', 'expected one JSON object, received "Video Name,Question"'],
  ])('refuses %s and names the line', async (_what, line, message) => {
    const failure = expect(collect(from(`{"video":"a.mp4","anomalyClass":"Normal"}\n${line}\n`))).rejects;
    await failure.toThrow(message);
    await failure.toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it('replaces half a surrogate pair, which no table could hold', async () => {
    const [row] = await collect(
      from(String.raw`{"video":"a.mp4","anomalyClass":"Fire","description":"\ud83d \ud83d\ude00"}`),
    );
    expect(row?.description).toBe('\ufffd 😀');
  });

  it('throws nothing but SrvauError', async () => {
    const unit = fc.constantFrom(
      '{',
      '}',
      '"video"',
      ':',
      '"a"',
      ',',
      '"anomalyClass"',
      '[',
      ']',
      '1',
      '\n',
      '"spanSec"',
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit, maxLength: 30 }), fc.json()), async (text) => {
        await collect(from(text)).catch((error: unknown) => expect(error).toBeInstanceOf(SrvauError));
      }),
      { numRuns: 300 },
    );
  });
});
