import type { Completion, TokenPiece, Usage } from '../vision-language-model';
import { Choice, type ChoiceOptions } from './choice';
import type { Endpoint } from './endpoint';
import { eventData } from './event-stream';
import { AttemptFailure, failureOfStatus, failureOfTransport, saidBy, tooLong, unusable } from './faults';
import type { HttpClient, HttpReply } from './http-client';
import { BodyTooLarge, readBeginning, readBody } from './read-body';
import { readReply, type Reply } from './read-reply';
import { retryAfterMs } from './retry-after';
import type { OpenaiSettings } from './settings';
import { TimedOut, Watchdog } from './watchdog';

export interface Question {
  /** JSON. */
  body: string;
  /** Choices that it asks for. */
  n: number;
  stream: boolean;
  choice: ChoiceOptions;
  /** Of an answer. */
  maxBytes: number;
  onToken: ((piece: TokenPiece) => void) | undefined;
}

export interface Answer {
  /** At least one; fewer than asked for where the endpoint gives no more. */
  completions: Completion[];
  usage: Usage | undefined;
  /** As the endpoint says; undefined where it does not. */
  servedBy: string | undefined;
}

type Timeouts = Pick<OpenaiSettings, 'firstTokenTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs'>;

/** Of the text of an error. */
const MAX_ERROR_BYTES = 16 * 1024;

/**
 * Asks once. Whole answers come back; half ones are failures.
 *
 * @throws AttemptFailure; CallbackError; the parent's reason; SrvauError for a key that cannot be used
 */
export async function ask(
  client: HttpClient,
  endpoint: Endpoint,
  question: Question,
  timeouts: Timeouts,
  parent: AbortSignal,
): Promise<Answer> {
  using watchdog = new Watchdog(parent, timeouts.totalTimeoutMs);
  const headers = await endpoint.headers();
  watchdog.expect('answer', timeouts.firstTokenTimeoutMs);
  let body: HttpReply['body'] | undefined;
  try {
    const reply = await client.post(question.body, headers, watchdog.signal);
    body = reply.body;
    if (reply.statusCode < 200 || reply.statusCode > 299) {
      const text = await readBeginning(body, MAX_ERROR_BYTES);
      throw failureOfStatus(endpoint, reply.statusCode, text, retryAfterMs(reply.headers, Date.now()));
    }
    const streamed = question.stream && /^text\/event-stream\b/i.test(String(reply.headers['content-type']));
    if (!streamed) return await readWhole(body, endpoint, question);
    const alive = (): void => watchdog.expect('more of the answer', timeouts.idleTimeoutMs);
    return await readStream(body, endpoint, question, alive);
  } catch (error) {
    // The watchdog's own reason, or the parent's, whatever the HTTP library made of it.
    const reason: unknown = watchdog.signal.aborted ? watchdog.signal.reason : error;
    if (watchdog.signal.aborted && !(reason instanceof TimedOut)) throw reason;
    if (reason instanceof AttemptFailure || reason instanceof CallbackError) throw reason;
    if (reason instanceof BodyTooLarge) throw tooLong(endpoint, question.maxBytes);
    throw failureOfTransport(endpoint, reason);
  } finally {
    // What is not read to its end would keep the connection.
    body?.destroy();
  }
}

/** What the caller's own function threw: no fault of the endpoint. */
export class CallbackError extends Error {
  constructor(readonly thrown: unknown) {
    super('onToken threw');
  }
}

async function readWhole(body: HttpReply['body'], endpoint: Endpoint, question: Question): Promise<Answer> {
  const text = await readBody(body, question.maxBytes);
  const reply = parse(text, 'message');
  if (reply === undefined)
    throw unusable(endpoint, 'an answer in JSON with choices', saidBy(endpoint, text) || 'nothing');
  if (reply.error !== undefined) throw failureInside(endpoint, reply.error);
  const answer = new AnswerBuilder(endpoint, question);
  answer.add(reply);
  return answer.finish();
}

async function readStream(
  body: HttpReply['body'],
  endpoint: Endpoint,
  question: Question,
  alive: () => void,
): Promise<Answer> {
  const answer = new AnswerBuilder(endpoint, question);
  let begun = false;
  let done = false;
  for await (const data of eventData(body, question.maxBytes, () => begun && alive())) {
    if (data.trim() === '[DONE]') {
      done = true;
      break;
    }
    const reply = parse(data, 'delta');
    if (reply === undefined)
      throw unusable(endpoint, 'events in JSON with choices', saidBy(endpoint, data) || 'nothing');
    if (reply.error !== undefined) throw failureInside(endpoint, reply.error);
    begun ||= reply.choices.length > 0;
    answer.add(reply);
    // Where stop texts are not heeded, or the length is not, there is nothing left to wait for.
    if (answer.satisfied) return answer.finish();
  }
  if (!done && !answer.ended) throw unusable(endpoint, 'a whole answer', 'one that breaks off');
  return answer.finish();
}

function parse(text: string, part: 'message' | 'delta'): Reply | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  return readReply(json, part);
}

/** An error under a status of success: vLLM's streams end so. */
function failureInside(endpoint: Endpoint, text: string): AttemptFailure {
  const { error } = JSON.parse(text) as { error: { code?: unknown } | string };
  const status = typeof error === 'string' ? NaN : Number(error.code);
  return failureOfStatus(endpoint, status >= 400 && status <= 599 ? status : 500, text, undefined);
}

class AnswerBuilder {
  readonly #choices = new Map<number, Choice>();
  #usage: Usage | undefined;
  #servedBy: string | undefined;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly question: Question,
  ) {}

  /** Every choice that has begun has said how it ended. Not every server gives as many as it is asked for. */
  get ended(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every((choice) => choice.ended);
  }

  /** Whatever comes further belongs to no choice. */
  get satisfied(): boolean {
    return this.#choices.size === this.question.n && [...this.#choices.values()].every((choice) => choice.done);
  }

  add({ choices, usage, model }: Reply): void {
    this.#usage = usage ?? this.#usage;
    this.#servedBy = model ?? this.#servedBy;
    for (const { index, piece } of choices) {
      if (index < 0 || index >= this.question.n) continue;
      let choice = this.#choices.get(index);
      if (choice === undefined) this.#choices.set(index, (choice = new Choice(this.question.choice)));
      this.#show(index, choice.push(piece));
      if (choice.brokenOff !== undefined) {
        throw unusable(this.endpoint, 'a whole answer', `one that ended with ${JSON.stringify(choice.brokenOff)}`);
      }
    }
  }

  finish(): Answer {
    // In the order of their index; of a gap only what is before it can be told from the rest.
    const completions: Completion[] = [];
    for (let index = 0; ; index++) {
      const choice = this.#choices.get(index);
      if (choice === undefined) break;
      this.#show(index, choice.end());
      completions.push(choice.completion());
    }
    if (completions.length === 0) throw unusable(this.endpoint, 'an answer with choices', 'one without');
    return { completions, usage: this.#usage, servedBy: this.#servedBy };
  }

  #show(index: number, text: string): void {
    if (text === '') return;
    try {
      this.question.onToken?.({ index, text });
    } catch (error) {
      throw new CallbackError(error);
    }
  }
}
