import { SrvauError } from '@srvau/contracts';
import { failAll, pluginLabel, type ScoreContext, type ScoreOutcome } from '@srvau/reward-sdk';
import type { RolloutBatch } from '../batch/rollout-batch';
import type { ModuleManifest } from '../manifest/manifest';
import { isBuiltIn } from '../manifest/resolve-folder';
import { PluginInstances } from './instances';
import { loadModule } from './load-module';
import { codeInfo, pluginInfo } from './plugin-info';
import type { HostLog, PluginInfo, PluginRunner, RunnerHealth, ScoreRequest, Scores } from './runner';

export interface InProcessConfig {
  readonly manifest: ModuleManifest;
  /** As the user named the plugin. */
  readonly source: string;
  /** Plain data. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly log: HostLog;
  /** Batches that may run at a time; only asynchronous plugins ever have more than one. */
  readonly maxBatches: number;
  /** Run the module anew, for a reload. */
  readonly fresh: boolean;
}

/**
 * Runs a plugin on our own thread, for code that we trust. A deadline ends the waiting of the caller and aborts the
 * plugin's signal; a plugin that computes without end holds the whole process.
 */
export class InProcessRunner implements PluginRunner {
  private running = 0;
  private closing: Promise<void> | undefined;

  private constructor(
    readonly info: PluginInfo,
    private readonly instances: PluginInstances,
    private readonly maxBatches: number,
    private readonly isOurs: boolean,
  ) {}

  /** @throws SrvauError UNPROCESSABLE for code that cannot be loaded, INVALID_REQUEST for wrong options */
  static async open({ manifest, source, options, log, maxBatches, fresh }: InProcessConfig): Promise<InProcessRunner> {
    const plugin = await loadModule(manifest, { fresh });
    const info = pluginInfo(manifest, codeInfo(plugin, options), source, 'in-process');
    const instances = new PluginInstances(plugin, options, log);
    (await instances.acquire()).release();
    return new InProcessRunner(info, instances, maxBatches, isBuiltIn(manifest));
  }

  health(): RunnerHealth {
    return { state: this.closing === undefined ? 'ready' : 'closed', restarts: 0 };
  }

  async score(batch: RolloutBatch, request: ScoreRequest): Promise<Scores> {
    request.signal.throwIfAborted();
    if (this.running >= this.maxBatches) throw busy(this.info.id, this.maxBatches);
    this.running += 1;
    const lease = await this.instances.acquire(request.options).catch((error: unknown) => {
      this.running -= 1;
      throw error;
    });
    // A batch that is late still runs: it counts, and its instance is in use, until the plugin answers.
    const done = (): void => {
      lease.release();
      this.running -= 1;
    };
    const answer = await this.withDeadline(batch, request, (context) => {
      const scoring = lease.instance.score(this.isOurs ? batch.rollouts : batch.frozenRollouts, context);
      void scoring.then(done);
      return scoring;
    });
    return { ...answer, range: lease.instance.range };
  }

  close(): Promise<void> {
    return (this.closing ??= this.instances.close());
  }

  private async withDeadline(
    batch: RolloutBatch,
    { step, signal, deadlineMs }: ScoreRequest,
    act: (context: ScoreContext) => Promise<readonly ScoreOutcome[]>,
  ): Promise<Omit<Scores, 'range'>> {
    const abortion = new AbortController();
    const context = { signal: abortion.signal, ...(step === undefined ? {} : { step }) };
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const late = new Promise<Omit<Scores, 'range'>>((resolve, reject) => {
      timer = setTimeout(() => {
        resolve({ outcomes: failAll(pluginLabel(this.info), batch.rows, lateText(deadlineMs)), late: true });
        abortion.abort(new SrvauError('DEADLINE_EXCEEDED', lateText(deadlineMs)));
      }, deadlineMs);
      onAbort = (): void => {
        reject(signal.reason as Error);
        abortion.abort(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
    try {
      return await Promise.race([act(context).then((outcomes) => ({ outcomes })), late]);
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }
}

export const lateText = (deadlineMs: number): string => `did not answer within its deadline of ${deadlineMs} ms`;

export function busy(id: string, waiting: number): SrvauError {
  const text = `plugin ${id} is busy: ${waiting} batches are waiting or being scored; try again later`;
  return new SrvauError('BUSY', text);
}
