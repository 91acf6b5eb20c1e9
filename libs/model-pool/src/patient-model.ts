import { type ModelIdentity, SrvauError } from '@srvau/contracts';
import type { GenerateOptions, GenerateResult, Generation, InTurn, VisionLanguageModel } from '@srvau/models';
import type { Answer, AskedModel } from './asked-model';
import { EarlyTurn } from './early-turn';
import { Gate, type GateWait } from './gate';
import { Limiter } from './limiter';
import { AWAY } from './request-fault';

/** Calls at once to a model in this process, which computes one at a time; the second one's video is decoded meanwhile. */
const NATIVE = { calls: 2, callsForShort: 1, computing: 1 };
/** The others bound themselves. */
const OTHER_CALLS = 1024;

/** Failures of one request, each with answers to others in between, after which the fault is the request's own. */
const MAX_OWN_FAILURES = 5;
/** Failures in a row that nobody's answer interrupts, after which the model is asked whether it is there at all. */
const CANARY_AFTER = 3;
const CANARY: Generation = {
  messages: [{ role: 'user', content: 'Answer with the word yes.' }],
  sampling: { maxNewTokens: 1 },
};

export type AskNowOptions = GenerateOptions & { signal: AbortSignal };

interface AttemptOptions {
  signal: AbortSignal;
  onToken?: GenerateOptions['onToken'] | undefined;
  onRestart?: GenerateOptions['onRestart'] | undefined;
  inTurn?: InTurn | undefined;
}

/** When it was asked, and how long it took. */
export interface TimedAnswer extends Answer {
  /** For a place, and for one's turn to compute. */
  queuedMs: number;
  generateMs: number;
}

/**
 * A model that is waited for, for ever, when it is away: a night's outage must not cost a week's work. One that answers
 * others, and breaks down over one request again and again, is not away. Whoever cannot wait asks it with `askNow`.
 */
export class PatientModel implements AskedModel {
  readonly identity: ModelIdentity;
  private readonly gate: Gate;
  private readonly calls: Limiter;
  /** Who computes next; undefined where that is not in this process. */
  private readonly turns: Limiter | undefined;
  private answers = 0;

  constructor(
    private readonly model: VisionLanguageModel,
    waitMs?: GateWait,
  ) {
    this.gate = new Gate(waitMs);
    this.identity = model.describe();
    const isNative = this.identity.backend === 'native';
    this.calls = isNative ? new Limiter(NATIVE.calls, NATIVE.callsForShort) : new Limiter(OTHER_CALLS);
    this.turns = isNative ? new Limiter(NATIVE.computing) : undefined;
  }

  /** Why the model is waited for; undefined while it answers. */
  get waitingFor(): string | undefined {
    return this.gate.closedFor;
  }

  async ask(request: Generation, signal: AbortSignal): Promise<Answer> {
    let own = 0;
    let inVain = 0;
    for (let seen = this.answers; ; seen = this.answers) {
      const answer = await this.tryOnce(request, signal);
      if ('completion' in answer) return answer;
      inVain = this.answers > seen ? 0 : inVain + 1;
      if (inVain >= CANARY_AFTER && 'completion' in (await this.tryOnce(CANARY, signal))) inVain = 0;
      if (inVain === 0) own += 1;
      if (own >= MAX_OWN_FAILURES) throw answer.away;
    }
  }

  /**
   * Asks several requests together, as one batch where the backend has such, and as patiently as `ask`.
   *
   * @returns for each request what `ask` would have given or thrown for it
   * @throws the signal's reason
   */
  async askBatch(requests: readonly Generation[], signal: AbortSignal): Promise<PromiseSettledResult<Answer>[]> {
    const results = await this.calls.run(() => this.attemptBatch(requests, signal), { signal });
    const answers = await Promise.allSettled(
      requests.map(async (request, i): Promise<Answer> => {
        const result = results[i];
        if (result === undefined || isAway(result)) return this.ask(request, signal);
        if (result.status === 'rejected') throw result.reason;
        return answerOf(result.value);
      }),
    );
    signal.throwIfAborted();
    return answers;
  }

  /** None where the backend has no batches, or this one failed as a whole: each is then asked alone. */
  private async attemptBatch(
    requests: readonly Generation[],
    signal: AbortSignal,
  ): Promise<PromiseSettledResult<GenerateResult>[]> {
    try {
      const results = (await this.model.generateBatch?.(requests, { signal, ...this.inTurn(signal) })) ?? [];
      this.answers += results.filter(({ status }) => status === 'fulfilled').length;
      return results;
    } catch {
      // What is the matter, the requests say that are asked one by one now.
      signal.throwIfAborted();
      return [];
    }
  }

  /**
   * Asks once, before the items of jobs: somebody waits for the answer, and is to decide what to do when there is none.
   *
   * @throws SrvauError: UNAVAILABLE and the like where the model is away, with `retryAfterMs` where it was so a moment ago
   *   and is not asked; what is final; the signal's reason
   */
  async askNow(request: Generation, options: AskNowOptions): Promise<TimedAnswer> {
    const came = performance.now();
    const { signal } = options;
    const away = this.gate.tryEnter();
    if (away !== undefined) {
      const retryAfterMs = Math.ceil(away.retryInMs);
      throw new SrvauError('UNAVAILABLE', `the model is away (${away.why})`, { retryAfterMs });
    }
    let began: number | undefined;
    let waitedMs = 0;
    const work = async (): Promise<Answer | { away: SrvauError }> => {
      began = performance.now();
      const asked = { ...options, onToken: this.reporting(options.onToken) };
      if (this.turns === undefined) return this.attempt(request, asked);
      using turn = new EarlyTurn(this.turns, signal);
      const answer = await this.attempt(request, { ...asked, inTurn: (compute) => turn.run(compute) });
      waitedMs = turn.waitedMs;
      return answer;
    };
    let answer;
    try {
      answer = await this.calls.run(work, { lane: 'short', signal });
    } finally {
      // A place that was waited for in vain says nothing of the model.
      if (began === undefined) this.gate.left();
    }
    if ('away' in answer) throw answer.away;
    const asked = began ?? came;
    return { ...answer, queuedMs: asked - came + waitedMs, generateMs: performance.now() - asked - waitedMs };
  }

  private inTurn(signal: AbortSignal): { inTurn?: InTurn } {
    const { turns } = this;
    return turns === undefined ? {} : { inTurn: (compute) => turns.run(compute, { lane: 'long', signal }) };
  }

  /** With the first token the model is known to be there; its last may be minutes away. */
  private reporting(onToken: GenerateOptions['onToken']): GenerateOptions['onToken'] {
    if (onToken === undefined) return undefined;
    let shown = false;
    return (piece) => {
      if (!shown) this.gate.opened();
      shown = true;
      onToken(piece);
    };
  }

  /** @returns why the model is away, where it is */
  private async tryOnce(request: Generation, signal: AbortSignal): Promise<Answer | { away: SrvauError }> {
    await this.gate.enter(signal);
    return this.calls.run(() => this.attempt(request, { signal, ...this.inTurn(signal) }), { signal });
  }

  private async attempt(request: Generation, options: AttemptOptions): Promise<Answer | { away: SrvauError }> {
    const { signal, onToken, onRestart, inTurn } = options;
    try {
      signal.throwIfAborted();
      const answer = answerOf(
        await this.model.generate(request, {
          ...{ signal, ...(onToken && { onToken }), ...(onRestart && { onRestart }), ...(inTurn && { inTurn }) },
        }),
      );
      this.answers += 1;
      this.gate.opened();
      return answer;
    } catch (error) {
      if (signal.aborted) {
        this.gate.left();
        throw error;
      }
      if (!(error instanceof SrvauError) || !AWAY.has(error.code)) {
        this.gate.opened();
        throw error;
      }
      this.gate.closed(error.message, error.retryAfterMs);
      return { away: error };
    }
  }
}

/** @throws SrvauError UNAVAILABLE: nothing was drawn */
function answerOf({ completions, usage, servedBy }: GenerateResult): Answer {
  const [completion] = completions;
  if (completion === undefined) throw new SrvauError('UNAVAILABLE', 'expected a completion, received none');
  return { completion, usage, ...(servedBy === undefined ? {} : { servedBy }) };
}

const isAway = (result: PromiseSettledResult<unknown>): boolean =>
  result.status === 'rejected' && result.reason instanceof SrvauError && AWAY.has(result.reason.code);
