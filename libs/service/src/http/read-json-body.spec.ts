import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SrvauError } from '@srvau/contracts';
import { readJsonBody } from './read-json-body';

const LIMIT = 10;
let server: Server;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  server = createServer((request, response) => {
    const options = { limit: LIMIT, what: 'POST /', advice: 'send less', withinMs: 200 };
    void readJsonBody(request, options)
      .then(
        (body) => ({ body }),
        (error: unknown) => ({ error: SrvauError.from(error).toWire() }),
      )
      .then((answer) => response.setHeader('Connection', 'close').end(JSON.stringify(answer)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** Sends the head of a request and what there is of its body, and gives the body of the answer. */
async function answerTo(body: string, declared = body.length): Promise<unknown> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${declared}\r\n\r\n${body}`);
  const [, json = ''] = (await text(socket)).split('\r\n\r\n');
  return JSON.parse(json);
}

it('reads a body', async () => {
  expect(await answerTo('{"a":1}')).toEqual({ body: { a: 1 } });
});

it('refuses one that is too large with what may be sent', async () => {
  expect(await answerTo(`"${'x'.repeat(LIMIT)}"`)).toMatchObject({
    error: { code: 'PAYLOAD_TOO_LARGE', message: expect.stringMatching(/at most 10 bytes, .*send less/) as string },
  });
});

it('gives up on one that does not arrive, and answers', async () => {
  expect(await answerTo('{"a"', 7)).toMatchObject({
    error: {
      code: 'DEADLINE_EXCEEDED',
      message: 'POST /: expected a body that is there within 200 ms, received a part of it',
    },
  });
});
