/** Program of a child process: one plugin, scoring one batch at a time. See PluginProcess, its other end. */
import '../child/watchdog';
import { SrvauError } from '@srvau/contracts';
import type { Rollout } from '@srvau/reward-sdk';
import { LineLimit } from '../child/line-limit';
import { linkToParent } from '../child/parent-link';
import { PluginInstances } from '../run/instances';
import { loadModule } from '../run/load-module';
import { codeInfo } from '../run/plugin-info';
import type { HostLog } from '../run/runner';
import { packOutcomes } from './packed-outcomes';
import { unpackRollouts } from '../batch/packed-rollouts';
import type { FromPlugin, LoadMessage, ScoreMessage, ToPlugin } from './protocol';

const host = linkToParent<ToPlugin, FromPlugin>();

const limit = new LineLimit();
const log: HostLog = (level, message, { plugin: _plugin, ...fields }) => {
  for (const line of limit.pass(message)) host.send({ kind: 'log', level, message: line, fields: plain(fields) });
};

/** A batch whose rows are coming, or whose scores are being computed. */
interface Batch {
  readonly message: ScoreMessage;
  readonly abortion: AbortController;
  readonly rollouts: Rollout[];
}

let instances: PluginInstances | undefined;
let batch: Batch | undefined;

host.receive(
  (message) => {
    switch (message.kind) {
      case 'load':
        return void load(message);
      case 'score':
        batch = { message, abortion: new AbortController(), rollouts: [] };
        host.send({ kind: 'started', seq: message.seq });
        return scoreWhenComplete();
      case 'abort':
        if (message.seq !== batch?.message.seq) return;
        return batch.abortion.abort(new SrvauError('CANCELLED', 'nobody waits for this batch any more'));
      case 'close':
        return void (instances?.close() ?? Promise.resolve()).finally(() => host.leave());
    }
  },
  (piece) => {
    if (batch === undefined) return;
    // Read as they come, while the host parses the next ones.
    for (const rollout of unpackRollouts(piece, batch.message.grammar)) batch.rollouts.push(rollout);
    scoreWhenComplete();
  },
);

async function load({ manifest, options }: LoadMessage): Promise<void> {
  host.keepAlive(false);
  try {
    const plugin = await loadModule(manifest, { fresh: false });
    instances = new PluginInstances(plugin, options, log);
    (await instances.acquire()).release();
    host.keepAlive(true);
    host.send({ kind: 'ready', code: codeInfo(plugin, options) });
  } catch (error) {
    host.send({ kind: 'refused', error: SrvauError.from(error).toWire() });
    host.leave();
  }
}

function scoreWhenComplete(): void {
  if (batch !== undefined && batch.rollouts.length === batch.message.size) void score(batch);
}

async function score({ message, abortion, rollouts }: Batch): Promise<void> {
  const { seq, step } = message;
  const context = { signal: abortion.signal, ...(step === undefined ? {} : { step }) };
  try {
    if (instances === undefined) throw new SrvauError('UNAVAILABLE', 'no plugin is loaded');
    const { instance, release } = await instances.acquire(message.options);
    // Told before it began: a plugin that only listens for it would never hear of it.
    const isWanted = !abortion.signal.aborted;
    const outcomes = isWanted ? await instance.score(Object.freeze(rollouts), context) : [];
    release();
    host.send({ kind: 'outcomes', seq, outcomes: packOutcomes(outcomes), range: { ...instance.range } });
  } catch (error) {
    host.send({ kind: 'rejected', seq, error: SrvauError.from(error).toWire() });
  }
}

/** Log fields may hold anything, a function for instance; a log line must not bring down the process. */
function plain(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(fields)) as Record<string, unknown>;
  } catch {
    return { fields: 'not shown: JSON cannot carry them' };
  }
}
