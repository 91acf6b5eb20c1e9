import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { SrvauError } from '@srvau/contracts';
import { readJsonlAnnotations } from './jsonl';
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
