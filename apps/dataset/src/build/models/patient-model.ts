import { type ModelIdentity, SrvauError } from '@srvau/contracts';
import type { Completion, Generation, Usage, VisionLanguageModel } from '@srvau/models';
import { AWAY } from '../item/item-fault';
import type { AskedModel } from '../item/work';
import { Gate, type GateWait } from './gate';
import { Limiter } from './limiter';

/**
 * Calls to one backend at once. A native model computes one at a time; the second one's video is decoded meanwhile. The
 * others bound themselves.
 */
const CONCURRENCY: Readonly<Record<string, number>> = { native: 2 };
const DEFAULT_CONCURRENCY = 1024;

/** Failures of one request, each with answers to others in between, after which the fault is the request's own. */
const MAX_OWN_FAILURES = 5;
/** Failures in a row that nobody's answer interrupts, after which the model is asked whether it is there at all. */
const CANARY_AFTER = 3;
const CANARY: Generation = {
  messages: [{ role: 'user', content: 'Answer with the word yes.' }],
  sampling: { maxNewTokens: 1 },
};

interface Answer {
  completion: Completion;
  usage: Usage | undefined;
}

/**
 * A model that is waited for, for ever, when it is away: a night's outage must not cost a week's work. One that answers
 * others, and breaks down over one request again and again, is not away.
 */
export class PatientModel implements AskedModel {
  readonly identity: ModelIdentity;
  private readonly gate: Gate;
  private readonly limiter: Limiter;
  private answers = 0;

  constructor(
    private readonly model: VisionLanguageModel,
    waitMs?: GateWait,
  ) {
    this.gate = new Gate(waitMs);
    this.identity = model.describe();
    this.limiter = new Limiter(CONCURRENCY[this.identity.backend] ?? DEFAULT_CONCURRENCY);
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

  /** @returns why the model is away, where it is */
  private async tryOnce(request: Generation, signal: AbortSignal): Promise<Answer | { away: SrvauError }> {
    await this.gate.enter(signal);
    return this.limiter.run(async () => {
      try {
        signal.throwIfAborted();
        const { completions, usage } = await this.model.generate(request, { signal });
        const [completion] = completions;
        if (completion === undefined) throw new SrvauError('UNAVAILABLE', 'expected a completion, received none');
        this.answers += 1;
        this.gate.opened();
        return { completion, usage };
      } catch (error) {
        if (signal.aborted) {
          this.gate.left();
          throw error;
        }
        if (!(error instanceof SrvauError) || !AWAY.has(error.code)) {
          this.gate.opened();
          throw error;
        }
        this.gate.closed(error.message, retryAfterMsOf(error));
        return { away: error };
      }
    });
  }
}

function retryAfterMsOf(error: SrvauError): number | undefined {
  const wanted = 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof wanted === 'number' ? wanted : undefined;
}
