import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

/** An HTTP server that gives the next of its answers to each request, the last one again and again. */
export class HttpStandIn implements AsyncDisposable {
  readonly asked: Asked[] = [];
  answers: Answer[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<HttpStandIn> {
    const server = createServer();
    const standIn = new HttpStandIn(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void standIn.answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks = (await request.toArray()) as Buffer[];
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    const asked = { method, url, headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    this.asked.push(asked);
    const [next] = this.answers.length > 1 ? this.answers.splice(0, 1) : this.answers;
    next?.(response, asked);
  }
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

export const text =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
