import { availableParallelism } from 'node:os';
import { type Device } from '@srvau/native';

export const WORKS = ['generate', 'grpo', 'sft', 'memory', 'ceiling', '3b'] as const;
export type Work = (typeof WORKS)[number];
/** `memory` is that of a process, of which a GPU's is no part; `3b` is too large for a CPU. */
const WORKS_OF = {
  cpu: WORKS.filter((work) => work !== '3b'),
  cuda: WORKS.filter((work) => work !== 'memory'),
};

export interface NativeOptions {
  /** Hidden sizes of the models that generate, grpo and sft are measured with. */
  readonly hidden: readonly number[];
  readonly only: readonly Work[];
  /** Of ours and of the peers. */
  readonly threads: number;
  /** Where ours and the peers compute. */
  readonly device: Device;
}

/** The options as they are given on the command line. @throws Error naming the option */
export function nativeOptions(given: {
  hidden?: string;
  only?: string;
  threads?: string;
  device?: string;
}): NativeOptions {
  const device = given.device ?? 'cpu';
  if (!isDevice(device)) throw new Error(`--device: expected cpu or cuda:N, received ${device}`);
  const possible: readonly string[] = device === 'cpu' ? WORKS_OF.cpu : WORKS_OF.cuda;
  const only = given.only?.split(',') ?? possible;
  const unknown = only.find((work) => !possible.includes(work));
  if (unknown !== undefined) {
    throw new Error(`--only: expected some of ${possible.join(',')} on ${device}, received ${unknown}`);
  }
  return {
    hidden: (given.hidden ?? '128,256').split(',').map((size) => multiple(size, 64, '--hidden')),
    only: only.filter(isWork),
    threads: multiple(given.threads ?? String(availableParallelism()), 1, '--threads'),
    device,
  };
}

const isDevice = (name: string): name is Device => /^(cpu|cuda:\d{1,2})$/.test(name);
const isWork = (name: string): name is Work => (WORKS as readonly string[]).includes(name);

function multiple(text: string, of: number, option: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (value >= of && value % of === 0) return value;
  throw new Error(`${option}: expected ${of === 1 ? 'an integer from 1' : `multiples of ${of}`}, received ${text}`);
}
