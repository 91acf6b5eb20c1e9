import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { restartEvent, scalarsEvent, textEvent, versionEvent } from './events';
import { varint } from './protobuf';

const reference = join(__dirname, '../../../tests/reference/tensorboard');

interface Content {
  scalars: { at: number; step: number; values: Record<string, number | string> }[];
  text: { at: number; step: number; tag: string; markdown: string };
  restart: { at: number; step: number };
}

test('the bytes are those of TensorBoard’s own writer', () => {
  const { scalars, text, restart } = JSON.parse(readFileSync(join(reference, 'events.json'), 'utf8')) as Content;
  const written = Buffer.concat([
    versionEvent(scalars[0]?.at ?? 0),
    textEvent(text, text.tag, text.markdown),
    ...scalars.map((line) =>
      scalarsEvent(line, Object.fromEntries(Object.entries(line.values).map(([tag, value]) => [tag, Number(value)]))),
    ),
    restartEvent(restart),
  ]);
  expect(written.toString('hex')).toBe(readFileSync(join(reference, 'events.bin')).toString('hex'));
});

test('whole numbers of any size survive', () => {
  const decode = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 0x80 + (byte & 0x7f), 0);
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = varint(value);
      expect(decode(bytes)).toBe(value);
      expect([...bytes].map((byte) => byte >= 0x80)).toEqual([...bytes].map((_, i) => i < bytes.length - 1));
    }),
  );
});
