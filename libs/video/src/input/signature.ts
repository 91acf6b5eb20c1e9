import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const EBML = Buffer.from([0x1a, 0x45, 0xdf, 0xa3]); // Matroska, WebM
const ASF = Buffer.from([0x30, 0x26, 0xb2, 0x75]);
const MPEG_PS = Buffer.from([0x00, 0x00, 0x01, 0xba]);
const MXF = Buffer.from([0x06, 0x0e, 0x2b, 0x34]);
const ISO_BOXES = new Set(['ftyp', 'moov', 'mdat', 'moof', 'free', 'skip', 'wide', 'styp', 'sidx', 'pnot']);
const TS_PACKET = 188;

/**
 * Whether a file begins as one of the containers we read. Tells a damaged video from a file that never was one,
 * independently of the words a version of ffmpeg uses.
 */
export async function hasContainerSignature(file: string): Promise<boolean> {
  // Non-blocking: should a FIFO have taken the file's place meanwhile, opening it must not wait for a writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const buffer = Buffer.alloc(2 * TS_PACKET + 5);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return isContainer(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function isContainer(head: Buffer): boolean {
  if ([EBML, ASF, MPEG_PS, MXF].some((magic) => head.subarray(0, 4).equals(magic))) return true;
  const text = head.toString('latin1', 0, 12);
  if (text.startsWith('RIFF') && text.slice(8) === 'AVI ') return true;
  if (['FLV', 'OggS', 'DKIF', 'DHAV'].some((magic) => text.startsWith(magic))) return true;
  if (ISO_BOXES.has(text.slice(4, 8))) return true;
  // Transport streams repeat their sync byte; in M2TS each packet has four bytes of time code before it.
  return [0, 4].some((at) => head[at] === 0x47 && head[at + TS_PACKET + at] === 0x47);
}
