import { PassThrough } from 'node:stream';
import { LineLimit } from './line-limit';
import { readLines } from './output-lines';

describe('LineLimit', () => {
  it('lets fifty lines a second pass and says how many it dropped', () => {
    let now = 0;
    const limit = new LineLimit(() => now);
    const passed = Array.from({ length: 60 }, (_, i) => limit.pass(String(i))).flat();
    expect(passed).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    now = 1000;
    expect(limit.pass('next')).toEqual(['(10 lines dropped: more than 50 in a second)', 'next']);
    expect(limit.pass('and')).toEqual(['and']);
  });

  it('cuts long lines', () => {
    expect(new LineLimit().pass('x'.repeat(1_000_000))[0]).toMatch(/^x{2000}… \(1000000 characters\)$/);
  });
});

describe('readLines', () => {
  it('puts characters and lines together that come in pieces, and shows the last one too', async () => {
    const stream = new PassThrough();
    const seen: string[] = [];
    readLines(stream, (line) => seen.push(line));
    const bytes = Buffer.from('für\r\n\n  \nzwei\nohne Ende');
    for (const byte of bytes) stream.write(Buffer.of(byte));
    stream.end();
    await new Promise((done) => stream.once('end', done));
    expect(seen).toEqual(['für', 'zwei', 'ohne Ende']);
  });
});
