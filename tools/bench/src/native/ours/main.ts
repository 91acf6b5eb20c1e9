import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Dtype, Model, setThreads } from '@srvau/native';
import { type Answer, type Run } from '../answer';
import { type GenerateRequest, type GrpoRequest, type SftRequest } from '../requests';
import { generate } from './generate';
import { grpo } from './grpo';
import { sft } from './sft';

/** Random weights where there is no checkpoint yet. */
async function init(checkpoint: string, request: { config: string; seed: number; dtype: Dtype }): Promise<Run[]> {
  await using model = await Model.random({ json: request.config }, { seed: request.seed, dtype: request.dtype });
  await model.save(checkpoint);
  return [];
}

const WORKS: Record<string, (checkpoint: string, request: never) => Promise<Run[]>> = {
  init,
  generate: (checkpoint, request: GenerateRequest) => generate(checkpoint, request),
  grpo: (checkpoint, request: GrpoRequest) => grpo(checkpoint, request),
  sft: (checkpoint, request: SftRequest) => sft(checkpoint, request),
};

/** Our side of the bench as a process of its own. Arguments: work --checkpoint DIR --request FILE.json */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { checkpoint: { type: 'string' }, request: { type: 'string' } },
  });
  const work = WORKS[positionals[0] ?? ''];
  if (work === undefined || values.checkpoint === undefined || values.request === undefined) {
    throw new Error(`expected one of ${Object.keys(WORKS).join(', ')}, --checkpoint and --request`);
  }
  const request = JSON.parse(readFileSync(values.request, 'utf8')) as { threads: number };
  setThreads(request.threads);
  const runs = await work(values.checkpoint, request as never);
  // Node.js reports kilobytes on every system.
  const answer: Answer = { runs, peak_rss_bytes: process.resourceUsage().maxRSS * 1024 };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

if (require.main === module) void main();
