import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';

export type MediaProgram = 'ffmpeg' | 'ffprobe';

const VARIABLE: Record<MediaProgram, string> = { ffmpeg: 'SRVAU_FFMPEG', ffprobe: 'SRVAU_FFPROBE' };

/**
 * Path of ffmpeg or ffprobe: the environment variable `SRVAU_FFMPEG` / `SRVAU_FFPROBE` wins, else `PATH` is searched.
 * @throws SrvauError UNAVAILABLE that names the variable, when there is none.
 */
export async function mediaProgram(program: MediaProgram): Promise<string> {
  const variable = VARIABLE[program];
  const given = process.env[variable];
  const found = given === undefined || given === '' ? await findOnPath(program) : await executable(resolve(given));
  if (found !== undefined) return found;
  const received = given === undefined || given === '' ? 'none on PATH' : JSON.stringify(given);
  const expected = `an executable ${program} (5.1 or newer) on PATH or at ${variable}`;
  throw SrvauError.mismatch('UNAVAILABLE', variable, expected, received);
}

export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = folder === '' ? undefined : await executable(join(folder, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function executable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
