import type { AnnotationFormat } from '@srvau/contracts';
import { readJsonlAnnotations } from './jsonl';
import type { AnnotationReader } from './raw-annotation';
import type { TextLimits } from './text-guard';
import { readVauBench } from './vau-bench';

/**
 * Reads an annotation file row by row.
 * @param name names the file in messages.
 * @throws SrvauError UNPROCESSABLE that names file, line and field; for faults further down when iteration gets there.
 */
export async function readAnnotations(
  source: AsyncIterable<Uint8Array>,
  name: string,
  format: AnnotationFormat,
  limits?: TextLimits,
): Promise<AnnotationReader> {
  return format === 'jsonl' ? readJsonlAnnotations(source, name, limits) : readVauBench(source, name, limits);
}
