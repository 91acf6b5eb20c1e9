import { pluginLabel } from '../define';
import { type ConformanceOptions, subjectOf } from './check-reward-plugin';
import { conformanceChecks } from './checks';

/** The two functions that jest, vitest, mocha and node:test have in common. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

export interface DescribeOptions extends ConformanceOptions {
  /** By default the framework whose `describe` and `it` are global, and node:test where there are none. */
  readonly framework?: TestFramework;
}

/**
 * Declares one test for each check of the conformance kit.
 *
 * @example describeRewardPlugin(plugin, { golden: join(__dirname, '../golden.json') })
 * @throws SrvauError UNPROCESSABLE where there is nothing to check: no plugin, or golden values that cannot be read
 */
export function describeRewardPlugin(plugin: unknown, options: DescribeOptions): void {
  const subject = subjectOf(plugin, options);
  const { describe, it } = options.framework ?? globalFramework() ?? nodeTest();
  describe(`${pluginLabel(subject.plugin)} as a reward plugin`, () => {
    for (const { name, run } of conformanceChecks(subject)) it(name, run);
  });
}

function globalFramework(): TestFramework | undefined {
  const { describe, it } = globalThis as Partial<TestFramework>;
  return describe !== undefined && it !== undefined ? { describe, it } : undefined;
}

function nodeTest(): TestFramework {
  // Loaded when it is needed: other frameworks' module loaders do not know it.
  return process.getBuiltinModule('node:test');
}
