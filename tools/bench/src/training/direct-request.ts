import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { World } from './world';

const PROGRAM = join(__dirname, 'direct.js');
const TIMEOUT_MS = 10 * 60_000;

export interface DirectRequest {
  readonly world: World;
  readonly steps: number;
  /** Completions of each prompt. */
  readonly groupSize: number;
  readonly threads: number;
}

/** Seconds of a step and of its parts, and what was sampled in it. */
export interface DirectStep {
  readonly step: number;
  readonly generate: number;
  readonly reference: number;
  readonly update: number;
  /** [prompts][samples], tokens */
  readonly lengths: readonly (readonly number[])[];
}

export interface DirectAnswer {
  readonly steps: readonly DirectStep[];
  /** Token ids, pads of the clips among them. */
  readonly prompts: readonly (readonly number[])[];
}

/** Makes the native calls of a run without the service, in a process of its own as a rank is one. */
export async function runDirect(dir: string, request: DirectRequest, signal: AbortSignal): Promise<DirectAnswer> {
  const file = join(dir, 'direct.json');
  await writeFile(file, JSON.stringify(request));
  const options = { signal, timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, file], options);
  return JSON.parse(stdout) as DirectAnswer;
}

export const tokensOf = ({ lengths }: DirectStep): number => lengths.flat().reduce((sum, length) => sum + length, 0);
