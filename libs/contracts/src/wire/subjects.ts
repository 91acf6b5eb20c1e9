/** The services that answer on NATS. A service's queue group and micro-service name is `srvau-<service>`. */
export const SERVICES = ['dataset', 'training', 'reward', 'evaluation'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Name under which a service registers as a NATS micro service, and its queue group. */
export const microServiceName = (service: ServiceName): string => `srvau-${service}`;

/**
 * Request/reply subjects, `srvau.<service>.<verb>`. Bodies and replies are plain JSON.
 * The `jobs.*` subjects are answered by every service process, in one common queue group.
 */
export const SUBJECTS = {
  datasetIngest: 'srvau.dataset.ingest',
  datasetBuild: 'srvau.dataset.build',
  datasetInfo: 'srvau.dataset.info',
  trainingSft: 'srvau.training.sft',
  trainingGrpo: 'srvau.training.grpo',
  trainingInfo: 'srvau.training.info',
  rewardInfo: 'srvau.reward.info',
  rewardScore: 'srvau.reward.score',
  rewardPlugins: 'srvau.reward.plugins',
  rewardLoad: 'srvau.reward.load',
  rewardReload: 'srvau.reward.reload',
  rewardUnload: 'srvau.reward.unload',
  evaluationScore: 'srvau.evaluation.score',
  evaluationPredict: 'srvau.evaluation.predict',
  evaluationJudge: 'srvau.evaluation.judge',
  evaluationReportsList: 'srvau.evaluation.reports.list',
  evaluationReportsGet: 'srvau.evaluation.reports.get',
  evaluationReportsCompare: 'srvau.evaluation.reports.compare',
  evaluationRun: 'srvau.evaluation.run',
  evaluationInfo: 'srvau.evaluation.info',
  jobsGet: 'srvau.jobs.get',
  jobsList: 'srvau.jobs.list',
  jobsCancel: 'srvau.jobs.cancel',
  jobsResume: 'srvau.jobs.resume',
} as const;

/** Job events are published on `srvau.events.<jobId>`. */
export const eventSubject = (jobId: string): string => `srvau.events.${jobId}`;

/** What a training says of its steps: RunMessage. `srvau.events.*` does not hear it, `srvau.events.>` does. */
export const runSubject = (jobId: string): string => `${eventSubject(jobId)}.run`;

/** A program in any language that answers this subject is the plugin `id` at that version; see plugins/README.md. */
export const pluginSubject = (id: string, scoreVersion: number): string => `srvau.plugin.reward.${id}.v${scoreVersion}`;
