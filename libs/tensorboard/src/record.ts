import { crc32c } from './crc32c';

const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;

/**
 * One record of a TFRecord file, all numbers little-endian: the length of the data (64 bits), the masked checksum of those
 * eight bytes, the data, the masked checksum of the data.
 */
export function recordOf(data: Uint8Array): Buffer {
  const dataAt = LENGTH_BYTES + CHECKSUM_BYTES;
  const record = Buffer.alloc(dataAt + data.byteLength + CHECKSUM_BYTES);
  record.writeBigUInt64LE(BigInt(data.byteLength));
  record.writeUInt32LE(maskedChecksum(record.subarray(0, LENGTH_BYTES)), LENGTH_BYTES);
  record.set(data, dataAt);
  record.writeUInt32LE(maskedChecksum(data), dataAt + data.byteLength);
  return record;
}

/** Rotated and shifted, as the format has it: a plain checksum of bytes that hold their own checksum is a weak one. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
