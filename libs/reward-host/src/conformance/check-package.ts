import { join } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { SrvauError } from '@srvau/contracts';
import type { CheckResult, ConformanceReport } from '@srvau/reward-sdk/testing';
import type { ModuleManifest } from '../manifest/manifest';
import { readManifest } from '../manifest/read-manifest';
import { failureText } from '../run/failure-text';
import type { HostLog } from '../run/runner';
import { readLines } from '../worker/output-lines';
import type { ThreadProgram } from '../worker/plugin-thread';
import type { CheckData, FromCheck } from './protocol';

export interface CheckOptions {
  /** For all checks together; 120 s by default. */
  readonly deadlineMs?: number;
  readonly heapMb?: number;
  readonly log: HostLog;
  readonly signal: AbortSignal;
  readonly program?: ThreadProgram;
}

/** A plugin that loops for ever has no name for its last check's end: this one stands for it. */
const LOADING = 'loads';

/**
 * Runs the conformance kit on a package with its golden.json, in a thread that is ended when it takes too long.
 *
 * @param dir absolute
 * @throws SrvauError as readManifest; UNPROCESSABLE where the plugin cannot be loaded or has no golden values; the
 *   reason of `signal`
 */
export async function checkPluginPackage(dir: string, options: CheckOptions): Promise<ConformanceReport> {
  const { signal, deadlineMs = 120_000 } = options;
  signal.throwIfAborted();
  const manifest = readManifest(dir);
  if (manifest.transport !== 'module') {
    const received = 'one in another language; its own tests have to check it';
    throw SrvauError.mismatch('UNPROCESSABLE', `plugin ${manifest.id}`, 'a plugin in JavaScript', received);
  }
  const checks: CheckResult[] = [];
  let current = LOADING;
  let plugin: string | undefined;
  let refused: SrvauError | undefined;
  const { worker, port } = startThread(manifest, options);
  let why: string | undefined;
  worker.on('error', (error) => (why ??= `threw where nothing could catch it: ${failureText(error)}`));
  const timer = setTimeout(() => end(`no end within ${deadlineMs} ms`), deadlineMs);
  const end = (reason: string): void => {
    why ??= reason;
    void worker.terminate();
  };
  const onAbort = (): void => end('given up');
  signal.addEventListener('abort', onAbort, { once: true });
  port.on('message', (message: FromCheck) => {
    if (message.kind === 'check') current = message.name;
    else if (message.kind === 'result') checks.push(message.result);
    else if (message.kind === 'done') plugin = message.plugin;
    else refused = SrvauError.fromWire(message.error);
  });
  const exitCode = await new Promise<number>((done) => worker.once('exit', done));
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  // Messages of a thread that has ended may still be on their way.
  await new Promise((done) => setImmediate(done));
  port.close();
  signal.throwIfAborted();
  if (refused !== undefined) throw refused;
  if (plugin === undefined) {
    const received = why ?? `the end of its thread with exit code ${exitCode}, as by process.exit`;
    checks.push({ name: current, passed: false, expected: 'the end of the check', received, where: '' });
  }
  return { plugin: plugin ?? manifest.id, passed: checks.every(({ passed }) => passed), checks };
}

function startThread(manifest: ModuleManifest, options: CheckOptions): { worker: Worker; port: MessagePort } {
  const { heapMb = 512, log, program = { file: join(__dirname, 'main.js'), argv: [] } } = options;
  const { port1, port2 } = new MessageChannel();
  const data: CheckData = { port: port2, manifest, golden: join(manifest.dir, 'golden.json') };
  const worker = new Worker(program.file, {
    ...{ argv: [...program.argv], workerData: data, transferList: [port2], stdout: true, stderr: true },
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const plugin = manifest.id;
  readLines(worker.stdout, (line) => log('info', line, { plugin, stream: 'stdout' }));
  readLines(worker.stderr, (line) => log('warn', line, { plugin, stream: 'stderr' }));
  return { worker, port: port1 };
}
