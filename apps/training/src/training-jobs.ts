import { Inject, Injectable } from '@nestjs/common';
import {
  type RunEvent,
  type RunMessage,
  runSubject,
  type StructuredLog,
  type TrainingKind,
  type TrainRequest,
  type TrainSummary,
} from '@srvau/contracts';
import { type JobContext, NatsLink, RunAborted } from '@srvau/messaging';
import { SERVICE_LOG, ServiceMetrics } from '@srvau/service';
import { LOCK_WAIT_MS } from './launch/protocol';
import { runAttempt } from './launch/run-attempt';
import { Turn } from './launch/turn';
import { TrainingGauges } from './run/training-gauges';

/** Attempts at training jobs of this process: one at a time, whatever their kind. */
@Injectable()
export class TrainingJobs {
  private readonly turn = new Turn();
  private readonly gauges: TrainingGauges;

  constructor(
    private readonly link: NatsLink,
    metrics: ServiceMetrics,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {
    this.gauges = new TrainingGauges(metrics.registry);
  }

  run(kind: TrainingKind, request: TrainRequest, context: JobContext): Promise<TrainSummary> {
    context.progress({ stage: 'waiting', done: 0, total: null, unit: 'steps' });
    return this.turn.take(context.signal, () => this.attempt(kind, request, context));
  }

  private async attempt(kind: TrainingKind, request: TrainRequest, context: JobContext): Promise<TrainSummary> {
    const { jobId, attempt, signal, progress } = context;
    progress({ stage: 'starting', done: 0, total: null, unit: 'steps' });
    const spec = {
      ...{ kind, jobId, request: { ...request, ranks: request.ranks ?? 1 } },
      lockWaitMs: attempt > 1 ? LOCK_WAIT_MS : 0,
    };
    try {
      return await runAttempt(spec, {
        ...{ signal, progress, log: this.log },
        stopReason: () => (isCancelled(signal) ? 'cancelled' : 'shutdown'),
        onMetrics: (step, values) => this.tellMetrics(kind, jobId, step, values),
        onEvent: (event) => this.tellEvent(kind, jobId, event),
      });
    } finally {
      this.gauges.ended(kind);
    }
  }

  private tellMetrics(kind: TrainingKind, jobId: string, step: number, values: Readonly<Record<string, number>>): void {
    this.gauges.observe(kind, step, values);
    const metrics = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
    );
    this.publish({ jobId, kind, at: new Date().toISOString(), step, metrics });
  }

  private tellEvent(kind: TrainingKind, jobId: string, event: RunEvent): void {
    const { at, step, message, ...fields } = event;
    const level = event.kind === 'warning' || event.kind === 'failed' ? 'warn' : 'info';
    this.log[level]({ jobId, step, ...fields, event: event.kind }, message);
    this.publish({ jobId, kind, at, step, event });
  }

  /** To whoever listens. What is lost while NATS is away stands in the run directory. */
  private publish(message: RunMessage): void {
    this.link.usableNow?.publish(runSubject(message.jobId), JSON.stringify(message));
  }
}

const isCancelled = ({ reason }: AbortSignal): boolean => reason instanceof RunAborted && reason.why === 'cancelled';
