import { join } from 'node:path';
import { isObject } from '@srvau/contracts';
import { Samples, scanParquet } from '@srvau/storage';

/** A transcript that the policy wrote, with its scores; what a file does not have is null. */
export interface Sample {
  readonly id: string;
  readonly groupId: string;
  readonly task: string | null;
  readonly prompt: string | null;
  readonly completion: string;
  readonly finish: string | null;
  readonly tokens: number | null;
  readonly truth: unknown;
  /** By plugin, as the reward service answered. */
  readonly scores: Readonly<Record<string, unknown>>;
  readonly reward: number | null;
  readonly advantage: number | null;
  readonly wellFormed: boolean | null;
}

export interface LastSamples {
  readonly step: number;
  readonly samples: readonly Sample[];
  /** In its files, shown or not. */
  readonly total: number;
}

/**
 * Samples of the last step that wrote any, of all ranks; null where none did. Whole groups, as far as `limit` reaches.
 * @throws SrvauError UNPROCESSABLE: a damaged file
 */
export async function readLastSamples(dir: string, limit: number): Promise<LastSamples | null> {
  const files = await new Samples(join(dir, 'samples')).list();
  const last = files.at(-1)?.step;
  if (last === undefined) return null;
  const samples: Sample[] = [];
  let total = 0;
  for (const { step, path } of files) {
    if (step !== last) continue;
    for await (const row of scanParquet(path)) {
      total += 1;
      const sample = sampleOf(row);
      if (samples.length < limit || sample.groupId === samples.at(-1)?.groupId) samples.push(sample);
    }
  }
  return { step: last, samples, total };
}

function sampleOf(row: Readonly<Record<string, unknown>>): Sample {
  const text = (name: string): string | null => (typeof row[name] === 'string' ? row[name] : null);
  const number = (name: string): number | null => (typeof row[name] === 'number' ? row[name] : null);
  const id = text('id') ?? '';
  return {
    ...{ id, groupId: text('groupId') ?? id, completion: text('completion') ?? '' },
    ...{ task: text('task'), prompt: text('prompt'), finish: text('finish'), tokens: number('tokens') },
    ...{ reward: number('reward'), advantage: number('advantage'), truth: row['truth'] ?? null },
    scores: isObject(row['scores']) ? row['scores'] : {},
    wellFormed: typeof row['wellFormed'] === 'boolean' ? row['wellFormed'] : null,
  };
}
