import fc from 'fast-check';
import { SrvauError } from '@srvau/contracts';
import { guardText, type TextLimits } from './text-guard';

async function read(chunks: Iterable<Uint8Array>, limits?: TextLimits): Promise<{ lines: number[]; text: string }> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const lines: number[] = [];
  const parts: Buffer[] = [];
  for await (const piece of guardText(source(), 'rows.csv', limits)) {
    lines.push(piece.line);
    parts.push(piece.bytes);
  }
  return { lines, text: Buffer.concat(parts).toString('utf8') };
}

const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];

describe('guardText', () => {
  it('passes on the same text however it is cut, in whole lines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 2 }),
        async (content, chunkBytes, padding) => {
          // Past the first bytes, which are held back until they can be judged.
          const text = `${'a line of text\n'.repeat(padding * 400)}${content.replaceAll('\0', '')}`;
          const whole = Buffer.from(text);
          const chunks: Buffer[] = [];
          for (let at = 0; at < whole.length; at += chunkBytes) chunks.push(whole.subarray(at, at + chunkBytes));
          const read1 = await read(chunks);
          expect(read1.text).toBe(text.replace(/^\ufeff/, ''));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('numbers the lines of each piece', async () => {
    const { lines } = await read([Buffer.from('x\n'.repeat(3000)), Buffer.from('y\nz'), Buffer.from('z\nend')]);
    expect(lines).toEqual([1, 3001, 3002, 3003]);
  });

  it('removes a byte order mark', async () => {
    await expect(read(bytes('\ufeffa,b\n'))).resolves.toEqual({ lines: [1], text: 'a,b\n' });
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le'), 'UTF-16 text'],
    ['a ZIP archive', Buffer.from('504b030414000600', 'hex'), 'a ZIP archive'],
    ['gzip', Buffer.from('1f8b0800', 'hex'), 'gzip-compressed data'],
    ['an MP4 video', Buffer.from('0000002066747970', 'hex'), 'an MP4 video'],
    ['other binary data', Buffer.from([0x61, 0x0a, 0x00, 0x01]), 'a NUL byte (line 2)'],
    ['Latin-1', Buffer.from('a,b\nx,y\ncaf\xe9,1\n', 'latin1'), 'bytes that are not valid UTF-8 (line 3)'],
    ['a character cut off at the end', Buffer.from('a\n\u20ac').subarray(0, 4), 'not valid UTF-8 (line 2)'],
  ])('refuses %s', async (_what, content, message) => {
    const failure = expect(read([content])).rejects;
    await failure.toThrow(message);
    await failure.toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it('refuses a file and a line that are too large', async () => {
    const limits = { maxBytes: 100, maxRecordBytes: 10 };
    await expect(read(bytes('ab\n'.repeat(50)), limits)).rejects.toThrow('expected at most 100 bytes for the file');
    await expect(read([Buffer.alloc(5000, 97)], { ...limits, maxBytes: 10_000 })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      details: [{ field: 'line 1' }],
    });
  });

  it('throws nothing but SrvauError on any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (content) => {
        await read([content]).catch((error: unknown) => expect(error).toBeInstanceOf(SrvauError));
      }),
    );
  });
});
