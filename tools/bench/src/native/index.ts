import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeInfo } from '@srvau/native';
import { type BenchReport } from '../report';
import { Bench } from './bench';
import { modelShape } from './model-shape';
import { type NativeOptions } from './options';
import { benchCeiling } from './works/ceiling';
import { benchGenerate } from './works/generate';
import { benchGrpo } from './works/grpo';
import { benchMemory } from './works/memory';
import { bench3b } from './works/published-size';
import { benchSft } from './works/sft';

const LAYERS = 4;
const VOCABULARY_PER_HIDDEN = 8;

/**
 * Generation, GRPO and SFT beside transformers and TRL: the same checkpoints and requests, on the same machine, with the
 * same number of threads, taking turns. The peers run where SRVAU_PEER_PYTHON names a Python that has them; elsewhere
 * ours is measured alone, and no ratio is.
 */
export async function benchNative({ hidden, only, threads, device }: NativeOptions): Promise<BenchReport[]> {
  if (device !== 'cpu' && Number(device.slice('cuda:'.length)) >= runtimeInfo().cudaDevices) {
    return [{ name: 'native', rows: [], notes: [`not run: no CUDA device for ${device}`] }];
  }
  const dir = await mkdtemp(join(tmpdir(), 'srvau-bench-'));
  const interruption = new AbortController();
  const interrupt = (name: string): void => interruption.abort(new Error(`interrupted by ${name}`));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const bench = new Bench({
    dir,
    threads,
    device,
    python: process.env['SRVAU_PEER_PYTHON'] || undefined,
    signal: interruption.signal,
    tell: (line) => void process.stderr.write(`bench: ${line}\n`),
  });
  // Both sides wait for their threads by spinning: with others on the processors, times say little.
  const load = loadavg()[0] ?? NaN;
  try {
    const rows: BenchReport['rows'] = [];
    const add = async (work: Promise<BenchReport['rows']>): Promise<void> => {
      const made = await work;
      rows.push(...made);
      // So that a run that does not come to its end has not been for nothing.
      for (const { name, value, peer, unit } of made) {
        bench.tell(`${name}: ours ${value.toPrecision(4)} ${unit}, peer ${peer?.toPrecision(4) ?? '–'} ${unit}`);
      }
    };
    for (const size of only.some((work) => ['generate', 'grpo', 'sft'].includes(work)) ? hidden : []) {
      const model = await bench.makeCase(`hidden ${size}`, modelShape(size, VOCABULARY_PER_HIDDEN * size, LAYERS));
      if (only.includes('generate')) await add(benchGenerate(bench, model));
      if (only.includes('grpo')) await add(benchGrpo(bench, model));
      if (only.includes('sft')) await add(benchSft(bench, model));
    }
    if (only.includes('memory')) await add(benchMemory(bench));
    if (only.includes('ceiling')) await add(benchCeiling(bench));
    if (only.includes('3b')) await add(bench3b(bench));
    const processor = cpus()[0]?.model ?? 'unknown processor';
    const machine = `${device}, ${processor}, ${threads} threads on each side, load average at the start ${load.toFixed(1)}`;
    return [{ name: 'native', rows, notes: [machine, bench.peers(), ...bench.notes] }];
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await rm(dir, { recursive: true, force: true });
  }
}
