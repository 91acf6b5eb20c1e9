import { setImmediate } from 'node:timers/promises';

/** Other work of the process waits no longer for ours than this and one step more. */
const SLICE_MS = 10;

/**
 * Goes through the steps of a long computation, and lets the event loop go round between them.
 * @returns what the generator returns
 * @throws the signal's reason
 */
export async function inTurns<R>(steps: Generator<void, R>, signal: AbortSignal): Promise<R> {
  let began = performance.now();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    if (performance.now() - began < SLICE_MS) continue;
    await setImmediate();
    signal.throwIfAborted();
    began = performance.now();
  }
}
