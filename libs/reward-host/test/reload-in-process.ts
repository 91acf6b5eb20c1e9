// Loads, changes and reloads plugins in process. A program of its own: what Node.js keeps of modules, jest keeps not.
// Prints a JSON object with what the score was after each step.
import { PluginFolder, batchOf, pluginSource } from './plugins';
import { RewardPlugins } from '../src/registry/reward-plugins';

const context = { signal: new AbortController().signal, deadlineMs: 30_000 };

/** The SDK by `require`, which run-ts answers from the sources. */
const esm = (source: string, more = ''): string =>
  `import { createRequire } from 'node:module';
   const require = createRequire(import.meta.url);
   const exports = {};
   ${more}
   ${source}
   export default exports.default;`;

async function main(): Promise<void> {
  using folder = new PluginFolder();
  const plugins = new RewardPlugins({ from: folder.path, log: () => undefined });
  const value = async (): Promise<unknown> => {
    const [column] = await plugins.score([{ id: 'sample' }], batchOf(1), context);
    const [outcome] = column?.outcomes ?? [];
    return outcome?.kind === 'scored' ? outcome.value : outcome;
  };
  const seen: Record<string, unknown> = {};
  const step = async (name: string, change: () => void): Promise<void> => {
    change();
    try {
      await plugins.reload('sample');
    } catch (error) {
      seen[`${name}, refused`] = (error as Error).message;
    }
    seen[name] = await value();
  };
  const lib = (score: number): string => folder.write('p', { 'lib.js': `exports.value = ${score};` });
  const source = pluginSource({
    top: `const { value } = require('./lib.js');`,
    score: 'return batch.map(() => scored(value))',
  });
  const scoring = (score: number): string => pluginSource({ score: `return batch.map(() => scored(${score}))` });

  lib(0.1);
  folder.add('p', source);
  await plugins.load('./p', { isolation: 'in-process' });
  seen['loaded'] = await value();
  await step('second file changed', () => lib(0.2));
  await step('syntax error', () => folder.add('p', '{{'));
  await step('repaired', () => folder.add('p', scoring(0.3)));
  const esModule = (text: string): void => {
    folder.add('p', '', { entry: './index.mjs' });
    folder.write('p', { 'index.mjs': text });
  };
  await step('now an ES module', () => esModule(esm(scoring(0.4))));
  await step('ES module changed', () => esModule(esm(scoring(0.5))));
  await step('ES module that awaits', () => esModule(esm(scoring(0.6), 'await 0;')));
  await step('ES module that throws', () => esModule(`throw new Error('at import')`));
  await plugins.close();
  process.stdout.write(JSON.stringify(seen));
}

void main();
