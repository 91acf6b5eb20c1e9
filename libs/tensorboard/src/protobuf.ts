// Protocol buffers, encoding only: https://protobuf.dev/programming-guides/encoding. A message is the concatenation of its
// fields. By the rules of proto3 a scalar field of value 0 is left out, unless it is a member of a oneof that is set.

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** @param value a whole number from 0 to 2^53 − 1 */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

const key = (field: number, wireType: number): Buffer => varint(field * 8 + wireType);

/** int32, int64, uint64 or an enumeration; from 0 on. */
export const integer = (field: number, value: number): Buffer =>
  value === 0 ? Buffer.alloc(0) : Buffer.concat([key(field, VARINT), varint(value)]);

export function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, FIXED_64), bytes]);
}

export function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  // Not writeFloatLE, whose result for NaN depends on the machine.
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(0, value, true);
  return Buffer.concat([key(field, FIXED_32), bytes]);
}

/** A string, bytes, or a message that is encoded already. */
export function bytes(field: number, value: string | Uint8Array): Buffer {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([key(field, LENGTH_DELIMITED), varint(content.byteLength), content]);
}

export const message = (field: number, ...fields: readonly Uint8Array[]): Buffer => bytes(field, Buffer.concat(fields));
