import { silentLog, type SrvauError, type StructuredLog } from '@srvau/contracts';
import { ParentLink } from './parent-link';
import { rankFailure } from './rank-failure';
import { hostConfig, rankLog } from './host';
import { type RankReports, runRank } from './run-rank';
import { stallLimitMs, StallWatch } from './stall-watch';
import { yieldMemory } from './yield-memory';

/** A rank that the training service has started, and that ends with it. */
export async function runFromParent(): Promise<void> {
  const parent = await ParentLink.open();
  parent.keepAlive();
  const { spec, rank, worldSize, port } = parent.start;
  let watch: StallWatch | undefined;
  const reports: RankReports = {
    begins: (what) => watch?.begins(what),
    listening: (found) => parent.send({ type: 'listening', port: found }),
    progress: (progress) => parent.send({ type: 'progress', progress }),
    metrics: (step, values) => parent.send({ type: 'metrics', step, values }),
    event: (event) => parent.send({ type: 'event', event }),
  };
  const seat = { rank, worldSize, port, local: { rank, size: worldSize }, address: '127.0.0.1' };
  let exitCode = 0;
  // Without a configuration there is none to write; the parent is told all the same.
  let log: StructuredLog = silentLog;
  try {
    const config = hostConfig();
    log = await rankLog(config, { rank, ...(spec.jobId === undefined ? {} : { jobId: spec.jobId }) });
    yieldMemory(log);
    watch = new StallWatch({
      limitMs: stallLimitMs(config, worldSize),
      onStall: (error) => void endStalled(parent, log, error),
    });
    const summary = await runRank(spec, seat, { config, log, reports, signal: parent.signal });
    if (rank === 0) await parent.sendLast({ type: 'done', summary });
  } catch (error) {
    exitCode = 1;
    if (parent.signal.aborted) log.info({ err: error }, 'rank stopped');
    else log.error({ err: error }, 'rank failed');
    await parent.sendLast(rankFailure(error, parent.signal));
  }
  // Whatever still keeps the event loop turning: nothing is left to do.
  process.exit(exitCode);
}

/** Not process.exit, which would wait for what native code computes. */
async function endStalled(parent: ParentLink, log: StructuredLog, error: SrvauError): Promise<void> {
  log.error({ err: error }, 'rank is stuck');
  await parent.sendLast({ type: 'failed', error: error.toWire(), byOthers: false });
  process.kill(process.pid, 'SIGKILL');
}
