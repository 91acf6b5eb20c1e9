import { availableParallelism } from 'node:os';

export const WORKS = ['generate', 'grpo', 'sft', 'memory', 'ceiling'] as const;
export type Work = (typeof WORKS)[number];

export interface NativeOptions {
  /** Hidden sizes of the models that generate, grpo and sft are measured with. */
  readonly hidden: readonly number[];
  readonly only: readonly Work[];
  /** Of ours and of the peers. */
  readonly threads: number;
}

/** The options as they are given on the command line. @throws Error naming the option */
export function nativeOptions(given: { hidden?: string; only?: string; threads?: string }): NativeOptions {
  const only = (given.only ?? WORKS.join(',')).split(',');
  const unknown = only.find((work) => !isWork(work));
  if (unknown !== undefined) throw new Error(`--only: expected some of ${WORKS.join(',')}, received ${unknown}`);
  return {
    hidden: (given.hidden ?? '128,256').split(',').map((size) => multiple(size, 64, '--hidden')),
    only: only.filter(isWork),
    threads: multiple(given.threads ?? String(availableParallelism()), 1, '--threads'),
  };
}

const isWork = (name: string): name is Work => (WORKS as readonly string[]).includes(name);

function multiple(text: string, of: number, option: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (value >= of && value % of === 0) return value;
  throw new Error(`${option}: expected ${of === 1 ? 'an integer from 1' : `multiples of ${of}`}, received ${text}`);
}
