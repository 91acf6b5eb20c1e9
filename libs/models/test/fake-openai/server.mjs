import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS } from './faults.mjs';
import { replyTo } from './replies.mjs';

/**
 * What the endpoint gives to one request.
 *
 * @typedef {object} Answer
 * @property {string} [text]
 * @property {string} [reasoning]
 * @property {string | null} [finish] `finish_reason`, `stop` by default
 * @property {number[]} [logprobs] one for each word
 * @property {keyof typeof FAULTS} [fault] instead of an answer
 * @property {number} [status] instead of an answer, with `body` and `headers`
 * @property {string} [body]
 * @property {Record<string, string>} [headers]
 *
 * @typedef {object} Received
 * @property {string} path with the query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {any} body
 *
 * @typedef {object} FakeOptions
 * @property {(received: Received, number: number) => Answer | string} [reply] number counts requests from 0
 * @property {number} [latencyMs] before an answer begins; 0 by default
 * @property {string | (() => string)} [key] that requests have to bring
 * @property {string} [model] the one that there is; any by default
 * @property {number} [choices] at most, whatever `n` asks for
 * @property {boolean} [endMark] a stream ends with `[DONE]`, which not every server writes; true by default
 * @property {number} [port]
 * @property {boolean} [keeps] remember requests; true by default
 */

/** An endpoint on this machine that speaks OpenAI's /chat/completions. @param {FakeOptions} [options] */
export async function startFakeOpenai(options = {}) {
  const { reply = ({ body }) => replyTo(body.messages), latencyMs = 0, keeps = true } = options;
  /** @type {Received[]} */
  const requests = [];
  const load = { total: 0, now: 0, most: 0 };
  const server = createServer((request, response) => {
    load.now += 1;
    load.most = Math.max(load.most, load.now);
    response.on('close', () => (load.now -= 1));
    handle(request, response).catch((error) => response.destroy(error));
  });

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function handle(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const received = { path: request.url ?? '', headers: request.headers, body };
    const number = load.total++;
    if (keeps) requests.push(received);
    const refusal = refuse(received, options);
    const given = refusal ?? reply(received, number);
    const answer = typeof given === 'string' ? { text: given } : given;
    if (latencyMs > 0) await sleep(latencyMs);
    const stream = body.stream === true;
    if (answer.fault !== undefined) return FAULTS[answer.fault]?.(response, { stream });
    if (answer.status !== undefined) {
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      return void response.end(answer.body ?? '');
    }
    const choices = Math.min(body.n ?? 1, options.choices ?? Infinity);
    if (stream) sendEvents(response, body, answer, choices, options.endMark ?? true);
    else sendBody(response, body, answer, choices);
  }

  server.keepAliveTimeout = 60_000;
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    /** What an `openai:` URI takes, with `#model` behind it. */
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    /** Requests so far, under way, and under way at a time at most. */
    load,
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

/** @param {Received} received @param {FakeOptions} options @returns {Answer | undefined} */
function refuse({ path, headers, body }, { key, model }) {
  const wanted = typeof key === 'function' ? key() : key;
  const error = (/** @type {string} */ message) =>
    JSON.stringify({ error: { message, type: 'invalid_request_error' } });
  if (!path.split('?')[0]?.endsWith('/chat/completions')) return { status: 404, body: '{"detail":"Not Found"}' };
  if (wanted !== undefined && headers.authorization !== `Bearer ${wanted}`) {
    // As some servers do, with what was sent.
    return { status: 401, body: error(`Incorrect API key provided: ${headers.authorization}`) };
  }
  if (model !== undefined && body.model !== model) {
    return { status: 404, body: error(`The model \`${body.model}\` does not exist.`) };
  }
  return undefined;
}

/** @param {any} body @param {Answer} answer @param {number} choices */
function usageOf(body, { text = '' }, choices) {
  const prompt = JSON.stringify(body.messages).split(/\s+/).length;
  const completion = choices * (text.match(/\S+/g)?.length ?? 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** @param {Answer} answer */
const wordsOf = ({ text = '' }) => text.match(/\s*\S+|\s+$/g) ?? [];

/** @param {import('node:http').ServerResponse} response @param {any} body @param {Answer} answer @param {number} choices */
function sendBody(response, body, answer, choices) {
  const logprobs = answer.logprobs && {
    content: wordsOf(answer).map((token, i) => ({ token, logprob: answer.logprobs?.[i] ?? 0 })),
  };
  const choice = {
    message: {
      role: 'assistant',
      content: answer.text ?? '',
      ...(answer.reasoning === undefined ? {} : { reasoning_content: answer.reasoning }),
    },
    finish_reason: answer.finish === undefined ? 'stop' : answer.finish,
    ...(logprobs === undefined ? {} : { logprobs }),
  };
  const reply = {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 0,
    model: body.model,
    choices: Array.from({ length: choices }, (_, index) => ({ index, ...choice })),
    usage: usageOf(body, answer, choices),
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(reply));
}

/** @param {import('node:http').ServerResponse} response @param {any} body @param {Answer} answer @param {number} choices @param {boolean} endMark */
function sendEvents(response, body, answer, choices, endMark) {
  const base = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 0, model: body.model };
  const send = (/** @type {object} */ fields) => response.write(`data: ${JSON.stringify({ ...base, ...fields })}\n\n`);
  const piece = (/** @type {object} */ delta, /** @type {number} */ index) =>
    send({ choices: [{ index, delta, finish_reason: null }] });
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (let index = 0; index < choices; index++) piece({ role: 'assistant', content: '' }, index);
  for (const word of answer.reasoning?.match(/\s*\S+/g) ?? []) {
    for (let index = 0; index < choices; index++) piece({ reasoning_content: word }, index);
  }
  for (const word of wordsOf(answer)) {
    for (let index = 0; index < choices; index++) piece({ content: word }, index);
  }
  for (let index = 0; index < choices; index++) {
    send({ choices: [{ index, delta: {}, finish_reason: answer.finish === undefined ? 'stop' : answer.finish }] });
  }
  if (body.stream_options?.include_usage === true) send({ choices: [], usage: usageOf(body, answer, choices) });
  response.end(endMark ? 'data: [DONE]\n\n' : undefined);
}
