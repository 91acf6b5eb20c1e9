import { ServiceMetrics } from './service-metrics';

describe('ServiceMetrics', () => {
  it('counts what the servers report, one registry a process part', async () => {
    let connected = false;
    const metrics = new ServiceMetrics({ service: 'reward', version: '1.0.0', natsConnected: () => connected });
    // A second one must not meet names that the first has registered.
    const other = new ServiceMetrics({ service: 'dataset', version: '1.0.0', natsConnected: () => true });
    metrics.requestDone('srvau.jobs.get', 'NOT_FOUND', 0.002);
    metrics.jobStarted('dataset.ingest');
    metrics.jobStarted('dataset.ingest');
    metrics.jobDone('dataset.ingest', 'retried', 12);
    const text = await metrics.text();
    for (const line of [
      'srvau_requests_total{subject="srvau.jobs.get",code="NOT_FOUND"} 1',
      'srvau_request_seconds_bucket{le="0.0025",subject="srvau.jobs.get"} 1',
      'srvau_jobs_started_total{kind="dataset.ingest"} 2',
      'srvau_jobs_done_total{kind="dataset.ingest",outcome="retried"} 1',
      'srvau_jobs_running{kind="dataset.ingest"} 1',
      'srvau_job_seconds_sum{kind="dataset.ingest"} 12',
      'srvau_nats_connected 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    connected = true;
    expect(await metrics.text()).toContain('srvau_nats_connected 1');
    expect(await other.text()).not.toContain('srvau.jobs.get');
  });
});
