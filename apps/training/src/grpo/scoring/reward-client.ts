import {
  type OptionsByPlugin,
  type RewardConfig,
  type RolloutRow,
  type ScoreReply,
  type ScoreRequest,
  SrvauError,
  type StructuredLog,
  SUBJECTS,
  type TranscriptGrammar,
} from '@srvau/contracts';
import { concurrently } from '@srvau/storage';
import { type Chunk, type ChunkLimits, cutIntoChunks, halves } from './chunks';
import { Outage, type OutageOptions } from './outage';
import { type Patience, patientCall, type Requester } from './patient-call';
import { readColumn, type ScoreCell } from './score-cells';

export interface RewardClientOptions {
  readonly requester: Requester;
  readonly reward: RewardConfig;
  /** Of the completions. */
  readonly grammar: TranscriptGrammar;
  readonly log: StructuredLog;
  readonly onWaiting: OutageOptions['onWaiting'];
  /** For specs, which have less time. */
  readonly pace?: Partial<Pace>;
}

interface Pace extends Omit<Patience, 'attemptMs'>, Pick<OutageOptions, 'tellAfterMs' | 'backoffMs'> {
  /** Beyond the deadline of the plugins: the way there and back, and the queue. */
  readonly marginMs: number;
}

/** Versions of the plugins, by id: what scores the rollouts of a run must not change under it. */
export type ScoreVersions = Readonly<Record<string, number>>;

export interface ScoreOptions {
  readonly step: number;
  /** Also the named parts of scores. */
  readonly parts: boolean;
}

const PACE: Pace = {
  marginMs: 30_000,
  probeEveryMs: 3_000,
  tellAfterMs: 3_000,
  backoffMs: { first: 100, most: 5_000 },
};
/** Half of what a NATS server takes by default; a larger group is sent all the same. */
const LIMITS: ChunkLimits = { maxBytes: 512 * 1024, maxRows: 4_096 };
/** At a time: enough to keep several replicas busy, and to hide the way there and back. */
const REQUESTS = 4;

/** Has rollouts scored by the reward service. While it is away this waits; scores are pure, so requests are repeated freely. */
export class RewardClient {
  readonly #plugins: readonly string[];
  readonly #options: OptionsByPlugin;
  readonly #outage: Outage;
  readonly #patience: Patience;
  #versions: ScoreVersions | undefined;

  constructor(private readonly options: RewardClientOptions) {
    const { components, deadlineMs } = options.reward;
    const pace = { ...PACE, ...options.pace };
    this.#plugins = components.map(({ plugin }) => plugin);
    this.#options = Object.fromEntries(components.flatMap(({ plugin, options: own }) => (own ? [[plugin, own]] : [])));
    this.#outage = new Outage({ ...pace, log: options.log, onWaiting: options.onWaiting });
    this.#patience = { attemptMs: deadlineMs + pace.marginMs, probeEveryMs: pace.probeEveryMs };
  }

  /** As `check` found them. */
  get versions(): ScoreVersions {
    return this.#versions ?? {};
  }

  /**
   * Scores nothing, which tells early what would go wrong later. From here on no other version is taken.
   *
   * @param recorded that a resumed run began with
   * @throws SrvauError UNPROCESSABLE: a plugin that is not loaded, options that it refuses, another version
   */
  async check(recorded: ScoreVersions | undefined, signal: AbortSignal): Promise<void> {
    let reply: ScoreReply;
    try {
      reply = await this.#ask([], { step: 0, parts: false }, signal);
    } catch (error) {
      throw asConfigError(error);
    }
    this.#versions = recorded;
    this.#checkVersions(reply);
    this.#versions = Object.fromEntries(
      this.#plugins.map((plugin) => [plugin, reply.columns[plugin]?.scoreVersion ?? 0]),
    );
  }

  /**
   * @param rows those of a group next to each other
   * @returns by plugin, in the order of the components, one cell for each row
   * @throws SrvauError that is final; the signal's reason
   */
  async score(
    rows: readonly RolloutRow[],
    options: ScoreOptions,
    signal: AbortSignal,
  ): Promise<Map<string, ScoreCell[]>> {
    const columns = new Map(this.#plugins.map((plugin): [string, ScoreCell[]] => [plugin, []]));
    await concurrently(cutIntoChunks(rows, LIMITS), REQUESTS, signal, async (chunk, linked) => {
      for (const { from, reply, rows: count } of await this.#scoreChunk(chunk, options, linked)) {
        for (const [plugin, cells] of columns) {
          const column = reply.columns[plugin];
          if (column === undefined) throw notLoaded(plugin);
          for (const [i, cell] of readColumn(plugin, column, count).entries()) cells[from + i] = cell;
        }
      }
    });
    return columns;
  }

  /** Halved where a message does not take it. */
  async #scoreChunk(
    chunk: Chunk,
    options: ScoreOptions,
    signal: AbortSignal,
  ): Promise<{ from: number; rows: number; reply: ScoreReply }[]> {
    try {
      const reply = await this.#ask(chunk.rows, options, signal);
      this.#checkVersions(reply);
      return [{ from: chunk.from, rows: chunk.rows.length, reply }];
    } catch (error) {
      const parts = error instanceof SrvauError && error.code === 'PAYLOAD_TOO_LARGE' ? halves(chunk) : undefined;
      if (parts === undefined) throw error;
      const replies = [];
      for (const part of parts) replies.push(...(await this.#scoreChunk(part, options, signal)));
      return replies;
    }
  }

  #ask(rollouts: readonly RolloutRow[], { step, parts }: ScoreOptions, signal: AbortSignal): Promise<ScoreReply> {
    const { reward, grammar, requester } = this.options;
    const request: ScoreRequest = {
      rollouts,
      plugins: [...this.#plugins],
      options: this.#options,
      grammar,
      step,
      deadlineMs: reward.deadlineMs,
      parts,
    };
    const how = { outage: this.#outage, patience: this.#patience, signal };
    return patientCall(requester, SUBJECTS.rewardScore, request, how);
  }

  #checkVersions({ columns }: ScoreReply): void {
    for (const plugin of this.#plugins) {
      const version = columns[plugin]?.scoreVersion;
      if (version === undefined) throw notLoaded(plugin);
      const known = this.#versions?.[plugin];
      if (known === undefined || known === version) continue;
      const where = `scoreVersion of the reward plugin ${plugin}`;
      throw SrvauError.mismatch('UNPROCESSABLE', where, `${known}, which this run began with`, String(version));
    }
  }
}

function notLoaded(plugin: string): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', 'reply of the reward service', `a column ${plugin}`, 'none');
}

/** The service speaks of its request; who configured the run knows the configuration. Final either way. */
function asConfigError(thrown: unknown): unknown {
  if (!(thrown instanceof SrvauError) || (thrown.code !== 'NOT_FOUND' && thrown.code !== 'INVALID_REQUEST')) {
    return thrown;
  }
  const message = `config.reward.components: the reward service refuses them: ${thrown.message}`;
  return new SrvauError('UNPROCESSABLE', message, { details: thrown.details, cause: thrown });
}
