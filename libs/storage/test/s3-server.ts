import crypto from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** s3rver ships no types; this is the part of it in use. */
interface S3rver {
  httpServer: Server;
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
type S3rverClass = new (options: Record<string, unknown>) => S3rver;

export interface S3TestServer {
  endpoint: string;
  bucket: string;
  /** `METHOD /path?query` of every request, in order. */
  requests: string[];
  /** Called before the server sees a request; may destroy its socket. */
  onRequest: ((request: IncomingMessage) => void) | undefined;
  /** The only credentials that s3rver accepts. */
  credentials: { accessKeyId: string; secretAccessKey: string };
  close(): Promise<void>;
}

/** A real S3 server of independent make (s3rver) on a free port of the loopback interface, with one empty bucket. */
export async function startS3Server(): Promise<S3TestServer> {
  const moduleName = 's3rver';
  const { default: Server } = (await import(moduleName)) as { default: S3rverClass };
  const restoreCiphers = provideDes();
  const directory = await mkdtemp(join(tmpdir(), 'srvau-s3-'));
  const bucket = 'videos';
  const server = new Server({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    vhostBuckets: false,
    configureBuckets: [{ name: bucket }],
  });
  const { port } = await server.run();
  const running: S3TestServer = {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    requests: [],
    onRequest: undefined,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    close: async () => {
      await server.close();
      restoreCiphers();
      await rm(directory, { recursive: true, force: true });
    },
  };
  server.httpServer.prependListener('request', (request: IncomingMessage) => {
    running.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    running.onRequest?.(request);
  });
  return running;
}

/**
 * s3rver encrypts its continuation tokens with DES, which OpenSSL 3 no longer loads by default. Triple DES with three
 * times the same key is the same cipher. Returns what undoes the change.
 */
function provideDes(): () => void {
  const { createCipheriv, createDecipheriv } = crypto;
  const tripled = (make: typeof createCipheriv | typeof createDecipheriv) =>
    ((algorithm: string, key: Buffer, iv: Buffer) =>
      algorithm === 'des'
        ? make('des-ede3-cbc', Buffer.concat([key, key, key]), iv)
        : make(algorithm, key, iv)) as typeof createCipheriv & typeof createDecipheriv;
  crypto.createCipheriv = tripled(createCipheriv);
  crypto.createDecipheriv = tripled(createDecipheriv);
  return () => Object.assign(crypto, { createCipheriv, createDecipheriv });
}
