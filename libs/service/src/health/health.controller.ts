import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ServiceMetrics } from '../metrics/service-metrics';
import { Readiness, type ReadinessReport } from './readiness';

/** What we need of Express' response. */
interface StatusSetter {
  status(code: number): unknown;
}

/** Probes for an orchestrator, and metrics for Prometheus. */
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: ServiceMetrics,
  ) {}

  /** That it answers at all says that the event loop turns. It must not depend on anything outside the process. */
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  livez(): { alive: true } {
    return { alive: true };
  }

  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  readyz(@Res({ passthrough: true }) response: StatusSetter): ReadinessReport {
    const report = this.readiness.report();
    if (!report.ready) response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  text(): Promise<string> {
    return this.metrics.text();
  }
}
