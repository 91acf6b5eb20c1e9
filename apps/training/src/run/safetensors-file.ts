import { open } from 'node:fs/promises';
import { isObject, parseJson, SrvauError } from '@srvau/contracts';

/** As the format says; also keeps a file that is none from being read as a header. */
const MOST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/**
 * Whether a file has all the bytes that its header speaks of: what a copy that was cut off, or a disk that lost the end of it,
 * does not have. Values are not looked at.
 *
 * @throws SrvauError UNPROCESSABLE; a system error where it cannot be read
 */
export async function requireWholeSafetensors(path: string): Promise<void> {
  await using file = await open(path);
  const { size } = await file.stat();
  const length = Buffer.alloc(LENGTH_BYTES);
  await file.read(length, 0, LENGTH_BYTES, 0);
  const headerBytes = Number(length.readBigUInt64LE());
  if (size < LENGTH_BYTES || headerBytes > Math.min(size - LENGTH_BYTES, MOST_HEADER_BYTES)) {
    throw SrvauError.mismatch('UNPROCESSABLE', path, 'a whole safetensors file', `${size} bytes`);
  }
  const header = Buffer.alloc(headerBytes);
  await file.read(header, 0, headerBytes, LENGTH_BYTES);
  const expected = LENGTH_BYTES + headerBytes + endOf(parseJson(header.toString(), path, 'UNPROCESSABLE'));
  if (size !== expected) throw SrvauError.mismatch('UNPROCESSABLE', path, `${expected} bytes`, `${size}`);
}

/** Bytes of all tensors, which lie one after the other. */
function endOf(header: unknown): number {
  if (!isObject(header)) return 0;
  const ends = Object.values(header).map((tensor) => (isObject(tensor) ? tensor['data_offsets'] : undefined));
  return Math.max(0, ...ends.map((offsets) => (Array.isArray(offsets) ? Number(offsets[1]) : 0)));
}
