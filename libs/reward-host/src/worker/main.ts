/** Program of a worker thread: one plugin, scoring one batch at a time. See PluginThread, its other end. */
import { workerData } from 'node:worker_threads';
import { SrvauError } from '@srvau/contracts';
import { RolloutBatch } from '../batch/rollout-batch';
import { PluginInstances } from '../run/instances';
import { loadModule } from '../run/load-module';
import { codeInfo } from '../run/plugin-info';
import type { HostLog } from '../run/runner';
import { LineLimit } from './line-limit';
import { packOutcomes } from './packed-outcomes';
import { unpackRows } from './packed-rows';
import type { FromThread, ScoreMessage, ThreadData, ToThread } from './protocol';

const data = workerData as { -readonly [K in keyof ThreadData]?: ThreadData[K] };
const { port, manifest, options } = data as ThreadData;
// The plugin can read workerData; with the port it could answer in our name by accident.
delete data.port;

const send = (message: FromThread): void => port.postMessage(message);

const limit = new LineLimit();
const log: HostLog = (level, message, { plugin: _plugin, ...fields }) => {
  for (const line of limit.pass(message)) send({ kind: 'log', level, message: line, fields: cloneable(fields) });
};

const LEAVE_MS = 50;

let abortion: AbortController | undefined;
let scoring = -1;

async function main(): Promise<void> {
  let instances: PluginInstances;
  try {
    const plugin = await loadModule(manifest, { fresh: false });
    instances = new PluginInstances(plugin, options, log);
    (await instances.acquire()).release();
    send({ kind: 'ready', code: codeInfo(plugin, options) });
  } catch (error) {
    send({ kind: 'refused', error: SrvauError.from(error).toWire() });
    port.close();
    return;
  }
  port.on('message', (message: ToThread) => {
    if (message.kind === 'score') void score(instances, message);
    else if (message.kind === 'close') void instances.close().finally(leave);
    else if (message.seq === scoring)
      abortion?.abort(new SrvauError('CANCELLED', 'nobody waits for this batch any more'));
  });
}

async function score(instances: PluginInstances, message: ScoreMessage): Promise<void> {
  const { seq, rows, grammar, step } = message;
  abortion = new AbortController();
  scoring = seq;
  send({ kind: 'started', seq });
  const context = { signal: abortion.signal, ...(step === undefined ? {} : { step }) };
  try {
    const { instance, release } = await instances.acquire(message.options);
    const outcomes = await instance.score(new RolloutBatch(unpackRows(rows), grammar).rollouts, context);
    release();
    send({ kind: 'outcomes', seq, outcomes: packOutcomes(outcomes) });
  } catch (error) {
    send({ kind: 'rejected', seq, error: SrvauError.from(error).toWire() });
  }
}

/** Ends the thread, which a timer or a connection that the plugin left behind would keep alive. */
function leave(): void {
  port.close();
  // Not at once: what was printed is still on its way.
  setTimeout(() => process.exit(0), LEAVE_MS).unref();
}

/** Log fields may hold anything, a function for instance; a log line must not bring down the thread. */
function cloneable(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(fields)) as Record<string, unknown>;
  } catch {
    return { fields: 'not shown: JSON cannot carry them' };
  }
}

void main();
