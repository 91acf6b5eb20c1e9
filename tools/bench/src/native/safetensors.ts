import { writeFile } from 'node:fs/promises';

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/** Writes tensors of float32 and int64 to a safetensors file. */
export async function writeSafetensors(file: string, tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { shape, values }]) => {
    const begin = end;
    end += values.byteLength;
    return [name, { dtype: values instanceof Float32Array ? 'F32' : 'I64', shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  // The format wants data to begin at a multiple of 8; spaces are white space in JSON.
  const padding = Buffer.alloc((8 - (header.length % 8)) % 8, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length + padding.length));
  const data = Object.values(tensors).map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  await writeFile(file, Buffer.concat([length, header, padding, ...data]));
}
