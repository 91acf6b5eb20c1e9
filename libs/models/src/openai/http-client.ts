import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import type { Environment } from './api-key';

export type HttpReply = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

/**
 * Connections to one endpoint. No redirect is followed: it could send the key and the videos elsewhere. Other machines
 * are reached through HTTP_PROXY, HTTPS_PROXY and NO_PROXY where these are set.
 */
export class HttpClient {
  readonly #dispatcher: Dispatcher;

  constructor(
    private readonly url: URL,
    { connectTimeoutMs, direct, env }: { connectTimeoutMs: number; direct: boolean; env: Environment },
  ) {
    const options = { connect: { timeout: connectTimeoutMs }, maxHeaderSize: 64 * 1024 };
    const httpProxy = env['http_proxy'] || env['HTTP_PROXY'];
    const httpsProxy = env['https_proxy'] || env['HTTPS_PROXY'];
    const noProxy = env['no_proxy'] ?? env['NO_PROXY'];
    this.#dispatcher =
      direct || (httpProxy ?? httpsProxy ?? '') === ''
        ? new Agent(options)
        : new EnvHttpProxyAgent({
            ...options,
            ...(httpProxy === undefined ? {} : { httpProxy }),
            ...(httpsProxy === undefined ? {} : { httpsProxy }),
            ...(noProxy === undefined ? {} : { noProxy }),
          });
  }

  post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpReply> {
    return request(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'srvau', ...headers },
      body,
      dispatcher: this.#dispatcher,
      // Both are the caller's business, through the signal.
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
    });
  }

  /** Ends what is under way. */
  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}
