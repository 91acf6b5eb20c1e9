import {
  type Api,
  readScoreRequest,
  type RolloutRow,
  type RowsBecause,
  type ScoreColumn,
  type ScoreReply,
  type ScoreRequest,
  SrvauError,
  type Subject,
  SUBJECTS,
} from '@srvau/contracts';
import type { RequestOptions } from '@srvau/messaging';
import type { Requester } from '../src/grpo/scoring/patient-call';

/** A number is a score, `abstain …` and `fail …` are what they say, with their reasons. */
export type RowScore = number | `abstain ${string}` | `fail ${string}`;

export interface PluginDouble {
  scoreVersion?: number;
  score: (row: RolloutRow, request: ScoreRequest) => RowScore;
}

/** Differs from text to text, and needs no model that says anything: 0 to 1. */
export const byText = ({ completion }: RolloutRow): number =>
  Array.from(completion).filter((char) => char < 'k').length / Math.max(1, completion.length);

/** Takes the reward service's place in process: the same requests, checked as the service checks them, and replies of the same form. */
export class ScoringDouble implements Requester {
  readonly requests: ScoreRequest[] = [];
  /** Looked at before a request is scored: may wait, or throw what the service would answer. */
  before: (request: ScoreRequest, signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  /** Whether anybody answers at all. */
  isThere = true;

  constructor(public plugins: Record<string, PluginDouble> = { text: { score: byText } }) {}

  async request<S extends Subject>(
    subject: S,
    body: Api[S]['request'],
    { signal = new AbortController().signal }: RequestOptions = {},
  ): Promise<Api[S]['reply']> {
    signal.throwIfAborted();
    if (!this.isThere) throw new SrvauError('UNAVAILABLE', `${subject}: no service answers this subject now`);
    if (subject === SUBJECTS.rewardInfo) return {} as Api[S]['reply'];
    // As it travels.
    const request = readScoreRequest(JSON.parse(JSON.stringify(body)), 'request');
    this.requests.push(request);
    await this.before(request, signal);
    return this.#score(request) as Api[S]['reply'];
  }

  #score(request: ScoreRequest): ScoreReply {
    const { rollouts, plugins = [] } = request;
    const columns = Object.fromEntries(
      plugins.map((id) => {
        const plugin = this.plugins[id];
        if (plugin === undefined) throw new SrvauError('NOT_FOUND', `no reward plugin ${id} is loaded`);
        return [id, columnOf(plugin, request)];
      }),
    );
    return { rows: rollouts.length, lengthUnit: 'tokens', columns, timingsMs: { queued: 0, plugins: {}, total: 0 } };
  }
}

function columnOf({ scoreVersion = 1, score }: PluginDouble, request: ScoreRequest): ScoreColumn {
  const scores = request.rollouts.map((row) => score(row, request));
  const reasons = (word: string): RowsBecause[] =>
    scores.flatMap((value, row) =>
      typeof value === 'string' && value.startsWith(word)
        ? [{ because: value.slice(word.length + 1), rows: [row] }]
        : [],
    );
  return {
    scoreVersion,
    range: { min: 0, max: 1 },
    values: scores.map((value) => (typeof value === 'number' ? value : null)),
    ...(request.parts === true ? { parts: { half: scores.map((v) => (typeof v === 'number' ? v / 2 : null)) } } : {}),
    abstained: reasons('abstain'),
    failed: reasons('fail'),
  };
}
