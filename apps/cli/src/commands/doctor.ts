import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { DoctorOptions } from '../options';

/** `srvau doctor`: what the machine has and lacks. The form of `--json` is fixed: others script against it. */
export async function doctor({ json }: DoctorOptions, { terminal, env }: Io): Promise<number> {
  const { renderTable, runChecks } = await import('@srvau/machine');
  const { ok, checks } = await runChecks(installationRoot(__dirname), { env });
  if (json) {
    const fixed = checks.map(({ name, ok, found, wanted, fix }) => ({ name, ok, found, wanted, fix }));
    terminal.printJson({ ok, checks: fixed });
  } else {
    const color = terminal.colors.isColorSupported;
    terminal.print(renderTable({ ok, checks }, { color }).trimEnd());
  }
  return ok ? EXIT.ok : EXIT.failed;
}

/** The workspace, or the folder that srvau is installed in: the outermost one with a node_modules above `from`. */
export function installationRoot(from: string): string {
  let root = from;
  for (let dir = from; dir !== dirname(dir); dir = dirname(dir)) {
    if (existsSync(join(dir, 'package-lock.json'))) return dir;
    if (existsSync(join(dir, 'node_modules'))) root = dir;
  }
  return root;
}
