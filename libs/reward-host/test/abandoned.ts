// Starts a plugin that computes without end, and prints the ids of its process and of the one that the plugin started. A
// program of its own, to be killed.
import { batchOf, pluginSource, until } from './plugins';
import { ProcessRunners, within } from './runners';

async function main(): Promise<void> {
  const runners = new ProcessRunners();
  const score = `
    const { pid } = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit' });
    host.log('info', 'pids', { pids: [process.pid, pid] });
    for (;;);`;
  const runner = await runners.start(pluginSource({ score }));
  void runner.score(batchOf(1), within(600_000));
  const { lines } = runners.lines;
  await until(() => lines.length > 0);
  runners.folder[Symbol.dispose]();
  process.stdout.write(`${JSON.stringify(lines[0]?.fields['pids'])}\n`);
}

void main();
