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
}
