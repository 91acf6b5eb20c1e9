import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { eventData } from './event-stream';
import { BodyTooLarge } from './read-body';

async function read(chunks: Buffer[], maxBytes = 1e6): Promise<string[]> {
  const found: string[] = [];
  for await (const data of eventData(Readable.from(chunks), maxBytes, () => undefined)) found.push(data);
  return found;
}

/** The bytes cut at these places, empty pieces included. */
function cutAt(bytes: Buffer, places: number[]): Buffer[] {
  const at = [...places.map((place) => place % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

describe('eventData', () => {
  it('gives the same events wherever the bytes are cut', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((each) => !/[\r\n]/.test(each));
    const newline = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(text), newline, fc.array(fc.nat()), async (texts, end, places) => {
        const wire = texts.map((each) => `: alive${end}data: ${each}${end}${end}`).join('');
        // An event without data is none.
        expect(await read(cutAt(Buffer.from(wire), places))).toEqual(texts);
      }),
    );
  });

  it('takes the last event without the empty line after it', async () => {
    expect(await read([Buffer.from('data: one\n\ndata: [DONE]')])).toEqual(['one', '[DONE]']);
  });

  it('ends at its bound, and at what is not UTF-8', async () => {
    const long = Buffer.from(`data: ${'x'.repeat(2000)}`);
    await expect(read([long], 1000)).rejects.toBeInstanceOf(BodyTooLarge);
    await expect(read([Buffer.from([0x64, 0x61, 0xff])])).rejects.toMatchObject({ name: 'TypeError' });
    await expect(read([Buffer.from('data: ü').subarray(0, -1)])).rejects.toMatchObject({ name: 'TypeError' });
  });
});
