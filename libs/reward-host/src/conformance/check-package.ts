import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { Child } from '../child/child';
import type { ChildProgram } from '../child/launch';
import { Limits } from '../child/limits';
import { readManifest } from '../manifest/read-manifest';
import type { HostLog } from '../run/runner';
import { type CheckEvents, CheckRun, type PackageReport } from './check-run';
import type { FromCheck, ToCheck } from './protocol';

export interface CheckOptions extends CheckEvents {
  readonly limits?: Limits;
  /** For each answer of the plugin; 10 s by default. */
  readonly deadlineMs?: number;
  /** Until the first check begins; 30 s by default. */
  readonly loadDeadlineMs?: number;
  readonly log: HostLog;
  readonly signal: AbortSignal;
  readonly program?: ChildProgram;
}

const DEFAULTS = {
  program: { file: join(__dirname, 'main.js'), argv: [] },
  deadlineMs: 10_000,
  loadDeadlineMs: 30_000,
};

/**
 * Runs the conformance kit on a package with its golden.json, in a child process that is ended when the plugin loops.
 *
 * @param dir absolute
 * @throws SrvauError as readManifest; UNPROCESSABLE where the plugin cannot be loaded or has no golden values; the
 *   reason of `signal`
 */
export async function checkPluginPackage(dir: string, options: CheckOptions): Promise<PackageReport> {
  const { signal, log, deadlineMs, loadDeadlineMs, program, limits = new Limits() } = { ...DEFAULTS, ...options };
  signal.throwIfAborted();
  const manifest = readManifest(dir);
  if (manifest.transport !== 'module') {
    const received = 'one in another language; its own tests have to check it';
    throw SrvauError.mismatch('UNPROCESSABLE', `plugin ${manifest.id}`, 'a plugin in JavaScript', received);
  }
  const run = new CheckRun({ deadlineMs, loadDeadlineMs }, options, () => end());
  const child = Child.start<FromCheck, ToCheck>(
    { ...limits, program, log, cwd: manifest.dir, plugin: manifest.id },
    (message) => run.receive(message),
  );
  const end = (): void => void child.kill('was ended');
  signal.addEventListener('abort', end, { once: true });
  child.send({ manifest, golden: join(manifest.dir, 'golden.json'), deadlineMs });
  try {
    const { why, byItself } = await child.ended;
    signal.throwIfAborted();
    if (run.refused !== undefined) throw run.refused;
    return run.report(manifest.id, byItself ? `${why}, as process.exit does` : why);
  } finally {
    run.stop();
    signal.removeEventListener('abort', end);
  }
}
