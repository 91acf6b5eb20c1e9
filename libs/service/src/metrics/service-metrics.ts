import type { ErrorCode, ServiceName } from '@srvau/contracts';
import type { JobOutcome, MessagingObserver } from '@srvau/messaging';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const REQUEST_BUCKETS_SEC = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Jobs last from a blink to days. */
const JOB_BUCKETS_SEC = [0.01, 0.1, 1, 10, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 3 * 24 * 3600];

export interface MetricsOptions {
  service: ServiceName;
  version: string;
  natsConnected: () => boolean;
}

/** Prometheus metrics of one process. Fed by the servers; labels take few values, none come from callers. */
export class ServiceMetrics implements MessagingObserver {
  /** Services register metrics of their own here, named `srvau_<service>_…`. */
  readonly registry = new Registry();
  private readonly requests = this.counter('srvau_requests_total', 'Requests answered, by NATS subject or HTTP route', [
    'subject',
    'code',
  ]);
  private readonly requestSeconds = this.histogram(
    'srvau_request_seconds',
    'Time from a request to its reply',
    ['subject'],
    REQUEST_BUCKETS_SEC,
  );
  private readonly jobsStarted = this.counter('srvau_jobs_started_total', 'Attempts at jobs that began', ['kind']);
  private readonly jobsDone = this.counter('srvau_jobs_done_total', 'Attempts at jobs that ended', ['kind', 'outcome']);
  private readonly jobSeconds = this.histogram(
    'srvau_job_seconds',
    'Time that an attempt at a job took',
    ['kind'],
    JOB_BUCKETS_SEC,
  );
  private readonly jobsRunning = new Gauge({
    name: 'srvau_jobs_running',
    help: 'Jobs that this process works on now',
    labelNames: ['kind'],
    registers: [this.registry],
  });

  constructor({ service, version, natsConnected }: MetricsOptions) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'srvau_nats_connected',
      help: '1 while the connection to NATS is usable',
      registers: [this.registry],
      collect() {
        this.set(natsConnected() ? 1 : 0);
      },
    });
    new Gauge({
      name: 'srvau_build_info',
      help: 'Always 1; the labels say what runs',
      labelNames: ['service', 'version'],
      registers: [this.registry],
    }).set({ service, version }, 1);
  }

  requestDone(subject: string, code: ErrorCode | 'OK', seconds: number): void {
    this.requests.inc({ subject, code });
    this.requestSeconds.observe({ subject }, seconds);
  }

  jobStarted(kind: string): void {
    this.jobsStarted.inc({ kind });
    this.jobsRunning.inc({ kind });
  }

  jobDone(kind: string, outcome: JobOutcome, seconds: number): void {
    this.jobsDone.inc({ kind, outcome });
    this.jobSeconds.observe({ kind }, seconds);
    this.jobsRunning.dec({ kind });
  }

  /** In Prometheus' text format 0.0.4. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
