import { type JobRecord, TERMINAL_STATES, type WireError } from '@srvau/contracts';
import { eventually } from './eventually';
import { type OpenApi, OpenApiReplies } from './openapi-replies';
import type { ServiceProcess } from './service-process';

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

export const errorOf = ({ body }: Answer): WireError => (body as { error: WireError }).error;

/** Calls routes of a service; each answer must be one that its OpenAPI document tells of. */
export class OpenApiCalls {
  private readonly replies: OpenApiReplies;

  private constructor(
    private readonly service: ServiceProcess,
    readonly document: OpenApi,
  ) {
    this.replies = new OpenApiReplies(document);
  }

  static async of(service: ServiceProcess): Promise<OpenApiCalls> {
    return new OpenApiCalls(service, JSON.parse((await service.http('/openapi.json')).body) as OpenApi);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const answer = await this.service.http(path, {
      method,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', ...headers },
    });
    const parsed: unknown = JSON.parse(answer.body);
    this.check(method, path, answer.status, parsed);
    return { status: answer.status, headers: answer.headers, body: parsed };
  }

  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer> {
    return this.call('GET', path, undefined, headers);
  }

  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer> {
    return this.call('POST', path, body, headers);
  }

  /** @throws Error where the document knows no such answer */
  check(method: string, path: string, status: number, body: unknown): void {
    this.replies.check(method, path, status, body);
  }

  async job(jobId: string): Promise<JobRecord> {
    return (await this.get(`/v1/jobs/${jobId}`)).body as JobRecord;
  }

  ended(jobId: string): Promise<JobRecord> {
    return eventually('the end of the job', async () => {
      const record = await this.job(jobId);
      return TERMINAL_STATES.has(record.state) && record;
    });
  }
}
