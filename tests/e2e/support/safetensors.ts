import { readFileSync, writeFileSync } from 'node:fs';

/** Tensors as the tests hand them to the command line. */
export interface Tensor {
  dtype: 'F32' | 'I64';
  shape: readonly number[];
  values: Float32Array | BigInt64Array;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [begin: number, end: number];
}

/** One tensor of a safetensors file, float32 or float16, as float32. */
export function readTensor(file: string, name: string): Float32Array {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, Entry>;
  const entry = header[name];
  if (entry === undefined) throw new Error(`${file} has no tensor ${name}`);
  const data = bytes.subarray(start + entry.data_offsets[0], start + entry.data_offsets[1]);
  switch (entry.dtype) {
    case 'F32':
      return Float32Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
    case 'F16':
      return Float32Array.from({ length: data.length / 2 }, (_, i) => halfToFloat(data.readUInt16LE(2 * i)));
    default:
      throw new Error(`${file}: ${name} is ${entry.dtype}`);
  }
}

export function writeTensors(file: string, tensors: Readonly<Record<string, Tensor>>): void {
  const header: Record<string, Entry> = {};
  const blocks: Buffer[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    blocks.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    header[name] = { dtype, shape: [...shape], data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  // Padded, so that the data begin at a multiple of 8.
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(file, Buffer.concat([length, json, ...blocks]));
}

/** Sign, 5 bits of exponent, 10 of fraction. */
function halfToFloat(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
