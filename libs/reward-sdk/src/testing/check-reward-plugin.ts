import { describe, SrvauError } from '@srvau/contracts';
import { isRewardPlugin, pluginLabel } from '../define';
import type { RewardPlugin } from '../plugin';
import { describeThrown } from '../thrown';
import { conformanceChecks } from './checks';
import { readGolden } from './golden';
import { Mismatch } from './mismatch';
import { Subject } from './subject';

export interface ConformanceOptions {
  /** What the plugin's golden.json holds, or where it lies. */
  readonly golden: unknown;
  /** For each answer of the plugin, 10 s by default. */
  readonly deadlineMs?: number;
}

/** Tells a runner how far it is, so that it can say what a plugin that loops for ever was asked. */
export interface CheckProgress {
  /** Once, before the first check: the names of all. */
  readonly onPlan?: (names: readonly string[]) => void;
  readonly onCheck?: (name: string) => void;
  /** The plugin is asked for something, `scores` for instance, for which it has `deadlineMs`. */
  readonly onAsk?: (what: string) => void;
  readonly onResult?: (result: CheckResult) => void;
}

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** Of a failed check. */
  readonly expected?: string;
  readonly received?: string;
  /** Which rollout or value it was about; empty where it was about all. */
  readonly where?: string;
}

export interface ConformanceReport {
  /** `id@scoreVersion` */
  readonly plugin: string;
  readonly passed: boolean;
  readonly checks: readonly CheckResult[];
}

/** @throws SrvauError UNPROCESSABLE where the plugin is none, or its golden values cannot be read */
export function subjectOf(
  plugin: unknown,
  { golden, deadlineMs = 10_000, onAsk }: ConformanceOptions & Pick<CheckProgress, 'onAsk'>,
): Subject {
  if (!isRewardPlugin(plugin)) {
    const expected = 'what defineRewardPlugin returns, as the default export';
    throw SrvauError.mismatch('UNPROCESSABLE', 'plugin', expected, describe(plugin));
  }
  return new Subject(plugin as RewardPlugin, readGolden(golden), deadlineMs, onAsk);
}

/**
 * Runs every check of the conformance kit, without a test framework. A plugin that loops for ever takes this thread with
 * it: run those that you do not know in another process, as `srvau plugin test` does.
 *
 * @throws SrvauError UNPROCESSABLE where there is nothing to check: no plugin, or golden values that cannot be read
 */
export async function checkRewardPlugin(
  plugin: unknown,
  options: ConformanceOptions & CheckProgress,
): Promise<ConformanceReport> {
  const subject = subjectOf(plugin, options);
  const checks: CheckResult[] = [];
  const plan = conformanceChecks(subject);
  options.onPlan?.(plan.map(({ name }) => name));
  for (const { name, run } of plan) {
    options.onCheck?.(name);
    const result = await resultOf(name, run);
    checks.push(result);
    options.onResult?.(result);
  }
  return { plugin: pluginLabel(subject.plugin), passed: checks.every(({ passed }) => passed), checks };
}

async function resultOf(name: string, run: () => Promise<void>): Promise<CheckResult> {
  try {
    await run();
    return { name, passed: true };
  } catch (error) {
    return { name, passed: false, ...faultOf(error) };
  }
}

function faultOf(error: unknown): Pick<CheckResult, 'expected' | 'received' | 'where'> {
  if (error instanceof Mismatch) return { expected: error.expected, received: error.received, where: error.where };
  return { expected: 'no error', received: describeThrown(error), where: '' };
}
