import { createContext, Script } from 'node:vm';

/** What V8 can interrupt: a loop of ours, or of a template's, and a regular expression that backtracks. */
const CALL = new Script('work()');
let context: { work?: () => unknown } | undefined;

/**
 * The result of `work`, which a checkpoint's own program or pattern is part of: those may never come to an end, and
 * nothing else of this process would run meanwhile. Costs 50 µs. Memory is not bounded.
 *
 * @param work synchronous
 * @param late what to throw when it has not ended in time
 */
export function withinTime<T>(timeoutMs: number, work: () => T, late: () => Error): T {
  context ??= createContext({}) as { work?: () => unknown };
  context.work = work;
  try {
    return CALL.runInContext(context, { timeout: timeoutMs }) as T;
  } catch (error) {
    throw isTimeout(error) ? late() : error;
  } finally {
    delete context.work;
  }
}

/** Not instanceof: it is an error of that context. */
function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
