import { writeFileSync } from 'node:fs';
import type { StructuredLog } from '@srvau/contracts';

/**
 * Where memory runs out, the kernel ends this process before the service that started it and others of the machine: it has the
 * most, and can be done again. Linux alone has a place to say so.
 */
export function yieldMemory(log: StructuredLog): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch (error) {
    log.debug({ err: error }, 'the kernel was not told whom to end when memory runs out');
  }
}
