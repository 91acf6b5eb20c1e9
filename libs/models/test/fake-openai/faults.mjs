// What endpoints have been seen to do instead of answering. Each writes to the response by itself.

const completion = (/** @type {object} */ choice) => JSON.stringify({ object: 'chat.completion', choices: [choice] });
const event = (/** @type {object} */ choice) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
const html = '<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n';

/**
 * @typedef {import('node:http').ServerResponse} Response
 * @typedef {{ stream: boolean }} Asked
 */

/** @param {Response} response @param {number} status @param {string} body @param {Record<string, string>} [headers] */
function send(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

/** @param {Response} response */
const begin = (response) => response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });

/** @type {Record<string, (response: Response, asked: Asked) => void>} */
export const FAULTS = {
  /** The connection is reset before anything comes. */
  reset: (response) => response.socket?.resetAndDestroy(),
  /** Nothing ever comes. */
  silent: () => undefined,
  /** The head comes, and comments that keep the connection alive, but no answer. */
  'only-comments': (response) => {
    begin(response);
    const timer = setInterval(() => response.write(': keep-alive\n\n'), 20);
    response.on('close', () => clearInterval(timer));
  },
  /** The answer begins and never goes on. */
  stalls: (response, { stream }) => {
    if (stream) begin(response).write(event({ delta: { content: 'Half of' } }));
    else response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":');
  },
  /** The connection is reset in the midst of the answer. */
  cut: (response, { stream }) => {
    const half = stream ? event({ delta: { content: 'Half of' } }) : '{"choices":[{"message":{"content":"Half of';
    response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
    response.write(half, () => response.socket?.resetAndDestroy());
  },
  /** The answer ends in the midst of it, as if that were all. */
  'ends-early': (response, { stream }) => {
    if (stream) begin(response).end(event({ delta: { content: 'Half of' } }));
    else send(response, 200, '{"choices":[{"index":0,"message":{"role":"assistant","content":"Half of');
  },
  /** An event ends in the midst of its JSON. */
  'half-event': (response) => begin(response).end(`${event({ delta: { content: 'Half' } })}data: {"choices":[{"del`),
  html: (response) => send(response, 200, html, { 'content-type': 'text/html' }),
  'no-choices': (response) => send(response, 200, '{"object":"chat.completion","choices":[]}'),
  'no-json-object': (response) => send(response, 200, '[1, 2, 3]'),
  'strange-content': (response) => send(response, 200, completion({ index: 0, message: { content: 7 } })),
  'broken-utf8': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      Buffer.from([...Buffer.from('{"choices":[{"message":{"content":"'), 0xff, 0xfe, ...Buffer.from('"}}]}')]),
    );
  },
  /** The server gave up, and says so where only a careful reader looks. */
  aborted: (response) => send(response, 200, completion({ message: { content: 'Half of' }, finish_reason: 'abort' })),
  'error-in-stream': (response) =>
    begin(response).end(
      `${event({ delta: { content: 'Half' } })}data: {"error":{"message":"engine died","code":500}}\n\ndata: [DONE]\n\n`,
    ),
  'error-in-body': (response) => send(response, 200, '{"error":{"message":"upstream gone","code":502}}'),
  'not-http': (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
  filtered: (response) =>
    send(response, 200, completion({ message: { content: 'So' }, finish_reason: 'content_filter' })),
  refused: (response) =>
    send(response, 200, completion({ message: { content: null, refusal: 'I cannot.' }, finish_reason: 'stop' })),
  'server-error': (response) => send(response, 500, '{"error":{"message":"internal"}}'),
  'bad-gateway': (response) => send(response, 502, html, { 'content-type': 'text/html' }),
  unavailable: (response) => send(response, 503, '', { 'retry-after': '1' }),
  'too-many': (response) => send(response, 429, '{"error":{"message":"slow down"}}', { 'retry-after': '2' }),
  'no-money': (response) =>
    send(response, 429, '{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}'),
  redirect: (response) => send(response, 307, '', { location: '/elsewhere/v1/chat/completions' }),
  /** A megabyte that nobody asked for. */
  endless: (response, { stream }) => {
    const text = 'word '.repeat(210_000);
    if (stream) begin(response).end(`${event({ delta: { content: text } })}data: [DONE]\n\n`);
    else send(response, 200, completion({ index: 0, message: { content: text }, finish_reason: 'stop' }));
  },
};
