import { type Msg, type NatsConnection, RequestError, TimeoutError } from '@nats-io/transport-node';
import { cutText, describe, isObject, pluginSubject, SrvauError } from '@srvau/contracts';
import type { NatsLink } from '@srvau/messaging';
import type { PluginInfo, PluginRunner, RolloutBatch, RunnerHealth, ScoreRequest, Scores } from '@srvau/reward-host';
import { checkScores, failAll, pluginLabel, type Rollout, type ScoreOutcome, scoreWhereFit } from '@srvau/reward-sdk';
import { type Chunk, chunksOf } from './chunks';
import { type PluginMessage, toRolloutMessage } from './plugin-message';

/** Room for what is in a message beside rollouts and options. */
const ENVELOPE_BYTES = 512;
/** Messages of one batch under way at once; replicas of the plugin share them. */
const CONCURRENT_MESSAGES = 4;
/** Batches that wait for this plugin or are with it; beyond it callers are told BUSY. */
const MAX_BATCHES = 64;

/** A plugin in another program, in any language, which answers `srvau.plugin.reward.<id>.v<scoreVersion>`. */
export class NatsRunner implements PluginRunner {
  private readonly label: string;
  private readonly subject: string;
  private readonly closing = new AbortController();
  private batches = 0;
  private lastError: string | undefined;

  constructor(
    readonly info: PluginInfo,
    private readonly link: NatsLink,
  ) {
    this.label = pluginLabel(info);
    this.subject = pluginSubject(info.id, info.scoreVersion);
  }

  /** That nobody answers is found out by asking; the last complaint stays to be seen. */
  health(): RunnerHealth {
    const state = this.closing.signal.aborted ? 'closed' : 'ready';
    return { state, restarts: 0, ...(this.lastError === undefined ? {} : { lastError: this.lastError }) };
  }

  async score(batch: RolloutBatch, request: ScoreRequest): Promise<Scores> {
    if (this.closing.signal.aborted) throw new SrvauError('UNAVAILABLE', `plugin ${this.info.id}: unloaded`);
    if (this.batches >= MAX_BATCHES) {
      throw new SrvauError('BUSY', `plugin ${this.info.id}: ${MAX_BATCHES} batches wait for it; try again later`);
    }
    request.signal.throwIfAborted();
    this.batches += 1;
    try {
      const work = scoreWhereFit(this.info.needs, batch.rollouts, (fit) => this.askInChunks(fit, request));
      const outcomes = await unless([request.signal, this.closing.signal], work);
      return { outcomes, range: this.info.range };
    } finally {
      this.batches -= 1;
    }
  }

  async close(): Promise<void> {
    this.closing.abort(new SrvauError('UNAVAILABLE', `plugin ${this.info.id}: unloaded`));
  }

  private async askInChunks(rollouts: readonly Rollout[], request: ScoreRequest): Promise<readonly ScoreOutcome[]> {
    if (rollouts.length === 0) return [];
    const deadline = performance.now() + request.deadlineMs;
    const connection = await this.connected(request.deadlineMs);
    if (connection === undefined) return this.fail(rollouts, `NATS was not connected within ${request.deadlineMs} ms`);
    const options = { ...this.info.options, ...request.options };
    const rows = rollouts.map((rollout) => JSON.stringify(toRolloutMessage(rollout)));
    const limit = connection.info?.max_payload ?? 2 ** 20;
    const room = limit - ENVELOPE_BYTES - Buffer.byteLength(JSON.stringify(options));
    const unitOf = (row: number): unknown => (this.info.scope === 'group' ? rollouts[row]?.groupId : row);
    // A comma each.
    const chunks = chunksOf(
      rows.map((row) => Buffer.byteLength(row) + 1),
      unitOf,
      room,
    );
    const outcomes = new Array<ScoreOutcome>(rollouts.length);
    const work = async (chunk: Chunk): Promise<void> => {
      const own = chunk.rows.map((row) => rollouts[row] as Rollout);
      const answered =
        chunk.bytes > room
          ? this.fail(
              own,
              `a message holds at most ${limit} bytes (max_payload of the NATS server), and ${this.info.scope === 'group' ? 'the group' : 'the rollout'} needs ${chunk.bytes}`,
            )
          : await this.ask(
              connection,
              own,
              chunk.rows.map((row) => rows[row] as string),
              {
                options,
                ...(request.step === undefined ? {} : { step: request.step }),
                deadlineMs: Math.max(1, Math.round(deadline - performance.now())),
              },
            );
      for (const [at, row] of chunk.rows.entries()) outcomes[row] = answered[at] as ScoreOutcome;
    };
    const left = chunks.values();
    const lane = async (): Promise<void> => {
      for (const chunk of left) await work(chunk);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_MESSAGES, chunks.length) }, lane));
    return outcomes;
  }

  private async ask(
    connection: NatsConnection,
    rollouts: readonly Rollout[],
    rows: readonly string[],
    rest: Omit<PluginMessage, 'rollouts'>,
  ): Promise<readonly ScoreOutcome[]> {
    // The rows are JSON already: they were measured.
    const payload = `{"rollouts":[${rows.join(',')}],${JSON.stringify(rest).slice(1)}`;
    let reply: Msg;
    try {
      reply = await connection.request(this.subject, payload, { timeout: rest.deadlineMs });
    } catch (error) {
      return this.fail(rollouts, this.reasonOf(error, rest.deadlineMs));
    }
    const scores = scoresOf(reply);
    return typeof scores === 'string'
      ? this.fail(rollouts, scores)
      : checkScores(this.label, this.info.range, rollouts, scores.scores);
  }

  private async connected(timeoutMs: number): Promise<NatsConnection | undefined> {
    if (this.link.usableNow !== undefined) return this.link.usableNow;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((done) => {
      timer = setTimeout(() => done(undefined), timeoutMs);
    });
    try {
      return await Promise.race([this.link.usable(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private reasonOf(error: unknown, deadlineMs: number): string {
    if (error instanceof RequestError && error.isNoResponders()) return `nobody answers ${this.subject}`;
    if (error instanceof TimeoutError) return `no answer to ${this.subject} within ${deadlineMs} ms`;
    return `${this.subject}: ${error instanceof Error ? error.message : String(error)}`;
  }

  private fail(rollouts: readonly Rollout[], why: string): ScoreOutcome[] {
    this.lastError = why;
    return failAll(this.label, rollouts, why);
  }
}

/** What a reply says about the rollouts, unchecked; or what is wrong with the reply. */
function scoresOf(reply: Msg): { scores: unknown } | string {
  const complaint = reply.headers?.get('Nats-Service-Error');
  if (complaint !== undefined && complaint !== '') return `answered the error ${JSON.stringify(cutText(complaint))}`;
  let body: unknown;
  try {
    body = reply.json();
  } catch (error) {
    // Python writes NaN as it is, which is no JSON.
    return `expected JSON as answer, received ${describe(reply.string())} (${(error as Error).message})`;
  }
  if (body === null || typeof body !== 'object')
    return `expected {"scores": […]} as answer, received ${describe(body)}`;
  if ('error' in body) return `answered the error ${errorWords(body.error)}`;
  if (!('scores' in body)) return `expected {"scores": […]} as answer, received ${describe(body)}`;
  return { scores: body.scores };
}

/** Of the usual form, `{"message"}`, only the words. */
function errorWords(error: unknown): string {
  const words = isObject(error) && typeof error['message'] === 'string' ? error['message'] : error;
  return cutText(JSON.stringify(words));
}

/** The result of `work`, unless one of the signals aborts before. */
async function unless<T>(signals: readonly AbortSignal[], work: Promise<T>): Promise<T> {
  const signal = AbortSignal.any([...signals]);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    // The loser of the race must not become an unhandled rejection.
    work.catch(() => undefined);
  }
}
