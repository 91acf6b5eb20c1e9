import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { CheckedFile } from './check-file';

/** A recording of many hours in fragments of a second has as many boxes; a hostile file may have millions. */
const MAX_BOXES = 20_000;
const ISO_BOX = /^[a-zA-Z0-9 ]{4}$/;

/**
 * Whether an ISO media file (mp4, mov) or AVI says that it is longer than it is. ffmpeg keeps silent about some files
 * that were cut: where the cut falls between two frames, or where the length is estimated from the bytes that are there.
 */
export async function endsBeforeDeclared({ path, sizeBytes }: CheckedFile): Promise<boolean> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const head = await readAt(handle, 0, 12);
    if (head.toString('latin1', 0, 4) === 'RIFF') {
      // 0 and all ones: written to a pipe, the writer could not know.
      const declared = head.readUInt32LE(4);
      return declared !== 0 && declared !== 0xffff_ffff && declared + 8 > sizeBytes;
    }
    return ISO_BOX.test(head.toString('latin1', 4, 8)) && (await lastBoxEnd(handle, sizeBytes)) > sizeBytes;
  } finally {
    await handle.close();
  }
}

async function lastBoxEnd(handle: FileHandle, sizeBytes: number): Promise<number> {
  let offset = 0;
  for (let boxes = 0; boxes < MAX_BOXES && offset < sizeBytes; boxes += 1) {
    const header = await readAt(handle, offset, 16);
    const size = header.readUInt32BE(0);
    // 0: to the end of the file. 1: a 64-bit size follows.
    const length = size === 0 ? sizeBytes - offset : size === 1 ? Number(header.readBigUInt64BE(8)) : size;
    if (length < 8 || !ISO_BOX.test(header.toString('latin1', 4, 8))) break;
    offset += length;
  }
  return offset;
}

/** Zeros stand for what lies beyond the end. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await handle.read(buffer, 0, length, position);
  return buffer;
}
