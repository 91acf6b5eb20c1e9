import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { asking, Endpoints, type Fake, refused } from '../../test/endpoints';

let endpoints: Endpoints;
beforeEach(() => void (endpoints = new Endpoints()));
afterEach(() => endpoints[Symbol.asyncDispose]());

/** A proxy that leads every tunnel to the endpoint. */
async function startProxy(fake: Fake): Promise<{ url: string; targets: string[]; close(): void }> {
  const targets: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '' }, socket) => {
    targets.push(url);
    const tunnel = connect(fake.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel.pipe(socket).pipe(tunnel);
    });
    tunnel.on('error', () => socket.destroy());
    socket.on('error', () => tunnel.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, targets, close: () => void server.close() };
}

it('another machine is reached through the proxy of the environment, this one never', async () => {
  const fake = await endpoints.answering('Through.');
  const proxy = await startProxy(fake);
  const env = { HTTP_PROXY: proxy.url };
  const far = { url: 'http://models.invalid:8000/v1' };
  const { completions } = await (await endpoints.model(far, '', { env })).generate(asking('Hi'));
  expect(completions[0]?.text).toBe('Through.');
  expect(proxy.targets).toEqual(['models.invalid:8000']);

  await (await endpoints.model(fake, '', { env })).generate(asking('Hi'));
  const excepted = await endpoints.model(far, '?attempts=1', { env: { ...env, NO_PROXY: 'models.invalid' } });
  expect(await refused(excepted.generate(asking('Hi')))).toMatchObject({ code: 'UNAVAILABLE' });
  expect(proxy.targets).toHaveLength(1);
  proxy.close();
});
