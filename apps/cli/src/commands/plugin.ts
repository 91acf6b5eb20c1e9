import { relative } from 'node:path';
import {
  BUILT_IN_PACKAGES,
  checkPluginPackage,
  findPlugins,
  limitsFrom,
  newPlugin as writeNewPlugin,
  resolvePluginFolder,
} from '@srvau/reward-host';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { ListPluginsOptions, NewPluginOptions, TestPluginOptions } from '../options';
import { CheckView, verdictText } from '../render/check-view';
import { errorJson } from '../render/error';
import { pluginLog } from '../render/plugin-log';
import { newPluginText, pluginsText } from '../render/plugins';

/** `srvau plugin list`: by their manifests; no code of a plugin runs. */
export function listPlugins({ plugins, json }: ListPluginsOptions, { terminal, cwd }: Io): Promise<number> {
  const sources = [...Object.keys(BUILT_IN_PACKAGES), ...plugins];
  const found = findPlugins({ sources, installed: true, from: cwd });
  if (json) {
    const problems = found.problems.map(({ place, error }) => ({ place, ...errorJson(error) }));
    terminal.printJson({ plugins: found.plugins, problems });
  } else {
    terminal.print(pluginsText(found.plugins, terminal.colors));
    for (const { error } of found.problems)
      terminal.note(`${terminal.noteColors.red('cannot be used:')} ${error.message}`);
  }
  return Promise.resolve(found.problems.length === 0 ? EXIT.ok : EXIT.failed);
}

/** `srvau plugin test`: the conformance kit, in a process of its own. */
export async function testPlugin(
  { path, deadlineMs, json, verbose }: TestPluginOptions,
  { terminal, interrupts: { signal }, cwd }: Io,
): Promise<number> {
  const folder = resolvePluginFolder(path, cwd);
  const view = new CheckView(terminal, !json);
  try {
    const { onWait, onResult } = view;
    const log = pluginLog(terminal, verbose);
    const limits = limitsFrom(process.env);
    const report = await checkPluginPackage(folder, { log, signal, limits, deadlineMs, onWait, onResult });
    if (json) terminal.printJson(report);
    else terminal.print(verdictText(report, terminal.colors));
    return report.passed ? EXIT.ok : EXIT.failed;
  } finally {
    view.close();
  }
}

/** `srvau plugin new`: a package that builds and passes as it is. */
export function newPlugin({ id, out, json }: NewPluginOptions, { terminal, cwd }: Io): Promise<number> {
  const made = writeNewPlugin(id, out === undefined ? { cwd } : { cwd, out });
  if (json) terminal.printJson(made);
  else terminal.print(newPluginText(made, relative(cwd, made.dir) || '.', terminal.colors));
  return Promise.resolve(EXIT.ok);
}
