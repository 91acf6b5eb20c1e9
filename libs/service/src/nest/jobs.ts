import type { JobAccepted, JobKind, SubmitJobRequest } from '@srvau/contracts';
import { JobClient, type JobTopologyOptions, type NatsLink } from '@srvau/messaging';

/** This process's job client. It opens with its first use: a service starts whether or not NATS is there. */
export class Jobs {
  private opening: Promise<JobClient> | undefined;

  constructor(
    private readonly link: NatsLink,
    private readonly options: JobTopologyOptions,
  ) {}

  client(): Promise<JobClient> {
    this.opening ??= JobClient.open(this.link, this.options).catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** Makes a job of a request: of all that it says but its idempotency key. */
  async submit(
    kind: JobKind,
    { idempotencyKey, ...request }: SubmitJobRequest,
    options: { maxAttempts?: number } = {},
  ): Promise<JobAccepted> {
    const client = await this.client();
    return client.submit(kind, request, { ...options, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
  }
}
