import type * as JobCommands from './commands/jobs';
import type * as PluginCommands from './commands/plugin';
import type { EvaluateJudgeOptions } from './evaluate/judge-options';
import type { EvaluatePredictOptions } from './evaluate/predict-options';
import type { EvaluateCompareOptions, EvaluateReportsOptions } from './evaluate/report-options';
import type { EvaluateRunOptions } from './evaluate/run-options';
import type { Io } from './io';
import type { CompareRunsOptions, ListRunsOptions, PlotRunsOptions, ShowRunOptions } from './runs/options';
import type { SynthCheckOptions, SynthOptions } from './synth/options';
import type { TrainOptions, TrainPresetsOptions } from './train/options';
import type {
  BuildOptions,
  DoctorOptions,
  EvaluateScoreOptions,
  ExportDatasetOptions,
  GenerateOptions,
  ImportDatasetOptions,
  IngestOptions,
  InitModelOptions,
  JobOptions,
  ListJobsOptions,
  ListPluginsOptions,
  LogprobsOptions,
  ModelInfoOptions,
  NewPluginOptions,
  ReportDatasetOptions,
  RequestOptions,
  ResumeJobOptions,
  ScoreOptions,
  ShowDatasetOptions,
  TestPluginOptions,
  UpOptions,
} from './options';

/** What each command does, returning its exit code. */
export interface Actions {
  up(options: UpOptions): Promise<number>;
  doctor(options: DoctorOptions): Promise<number>;
  request(options: RequestOptions): Promise<number>;
  datasetIngest(options: IngestOptions): Promise<number>;
  datasetBuild(options: BuildOptions): Promise<number>;
  datasetShow(options: ShowDatasetOptions): Promise<number>;
  datasetReport(options: ReportDatasetOptions): Promise<number>;
  datasetExport(options: ExportDatasetOptions): Promise<number>;
  datasetImport(options: ImportDatasetOptions): Promise<number>;
  synth(options: SynthOptions): Promise<number>;
  synthCheck(options: SynthCheckOptions): Promise<number>;
  listJobs(options: ListJobsOptions): Promise<number>;
  showJob(options: JobOptions): Promise<number>;
  watchJob(options: JobOptions): Promise<number>;
  cancelJob(options: JobOptions): Promise<number>;
  resumeJob(options: ResumeJobOptions): Promise<number>;
  modelInit(options: InitModelOptions): Promise<number>;
  modelInfo(options: ModelInfoOptions): Promise<number>;
  modelLogprobs(options: LogprobsOptions): Promise<number>;
  modelGenerate(options: GenerateOptions): Promise<number>;
  listPlugins(options: ListPluginsOptions): Promise<number>;
  testPlugin(options: TestPluginOptions): Promise<number>;
  newPlugin(options: NewPluginOptions): Promise<number>;
  rewardScore(options: ScoreOptions): Promise<number>;
  evaluatePredict(options: EvaluatePredictOptions): Promise<number>;
  evaluateRun(options: EvaluateRunOptions): Promise<number>;
  evaluateScore(options: EvaluateScoreOptions): Promise<number>;
  evaluateJudge(options: EvaluateJudgeOptions): Promise<number>;
  evaluateReports(options: EvaluateReportsOptions): Promise<number>;
  evaluateCompare(options: EvaluateCompareOptions): Promise<number>;
  train(options: TrainOptions): Promise<number>;
  trainPresets(options: TrainPresetsOptions): Promise<number>;
  listRuns(options: ListRunsOptions): Promise<number>;
  showRun(options: ShowRunOptions): Promise<number>;
  compareRuns(options: CompareRunsOptions): Promise<number>;
  plotRuns(options: PlotRunsOptions): Promise<number>;
}

/** Each command is loaded when it runs: `srvau --help` must not wait for NATS clients and Parquet. */
export function lazyActions(makeIo: (options: { verbose: boolean }) => Io): Actions {
  const jobs = (): Promise<typeof JobCommands> => import('./commands/jobs.js');
  const plugin = (): Promise<typeof PluginCommands> => import('./commands/plugin.js');
  return {
    up: async (options) => (await import('./commands/up.js')).up(options, makeIo(options)),
    doctor: async (options) => (await import('./commands/doctor.js')).doctor(options, makeIo(options)),
    request: async (options) => (await import('./commands/request.js')).request(options, makeIo(options)),
    datasetIngest: async (options) =>
      (await import('./commands/dataset-ingest.js')).datasetIngest(options, makeIo(options)),
    datasetBuild: async (options) =>
      (await import('./commands/dataset-build.js')).datasetBuild(options, makeIo(options)),
    datasetShow: async (options) => (await import('./commands/dataset-show.js')).datasetShow(options, makeIo(options)),
    datasetReport: async (options) =>
      (await import('./commands/dataset-report.js')).datasetReport(options, makeIo(options)),
    datasetExport: async (options) =>
      (await import('./commands/dataset-export.js')).datasetExport(options, makeIo(options)),
    datasetImport: async (options) =>
      (await import('./commands/dataset-import.js')).datasetImport(options, makeIo(options)),
    synth: async (options) => (await import('./commands/synth.js')).synth(options, makeIo(options)),
    synthCheck: async (options) => (await import('./commands/synth-check.js')).synthCheck(options, makeIo(options)),
    listJobs: async (options) => (await jobs()).listJobs(options, makeIo(options)),
    showJob: async (options) => (await jobs()).showJob(options, makeIo(options)),
    watchJob: async (options) => (await jobs()).watchJob(options, makeIo(options)),
    cancelJob: async (options) => (await jobs()).cancelJob(options, makeIo(options)),
    resumeJob: async (options) => (await jobs()).resumeJob(options, makeIo(options)),
    modelInit: async (options) => (await import('./commands/model-init.js')).modelInit(options, makeIo(options)),
    modelInfo: async (options) => (await import('./commands/model-info.js')).modelInfo(options, makeIo(options)),
    modelLogprobs: async (options) =>
      (await import('./commands/model-logprobs.js')).modelLogprobs(options, makeIo(options)),
    modelGenerate: async (options) =>
      (await import('./commands/model-generate.js')).modelGenerate(options, makeIo(options)),
    listPlugins: async (options) => (await plugin()).listPlugins(options, makeIo(options)),
    testPlugin: async (options) => (await plugin()).testPlugin(options, makeIo(options)),
    newPlugin: async (options) => (await plugin()).newPlugin(options, makeIo(options)),
    rewardScore: async (options) => (await import('./commands/reward-score.js')).rewardScore(options, makeIo(options)),
    evaluateJudge: async (options) =>
      (await import('./commands/evaluate-judge.js')).evaluateJudge(options, makeIo(options)),
    evaluatePredict: async (options) =>
      (await import('./commands/evaluate-predict.js')).evaluatePredict(options, makeIo(options)),
    evaluateRun: async (options) => (await import('./commands/evaluate-run.js')).evaluateRun(options, makeIo(options)),
    evaluateScore: async (options) =>
      (await import('./commands/evaluate-score.js')).evaluateScore(options, makeIo(options)),
    evaluateReports: async (options) =>
      (await import('./commands/evaluate-reports.js')).evaluateReports(options, makeIo(options)),
    evaluateCompare: async (options) =>
      (await import('./commands/evaluate-compare.js')).evaluateCompare(options, makeIo(options)),
    train: async (options) => (await import('./commands/train.js')).train(options, makeIo(options)),
    trainPresets: async (options) =>
      (await import('./commands/train-presets.js')).trainPresets(options, makeIo(options)),
    listRuns: async (options) => (await import('./commands/runs-ls.js')).listRuns(options, makeIo(options)),
    showRun: async (options) => (await import('./commands/runs-show.js')).showRun(options, makeIo(options)),
    compareRuns: async (options) => (await import('./commands/runs-compare.js')).compare(options, makeIo(options)),
    plotRuns: async (options) => (await import('./commands/runs-plot.js')).plot(options, makeIo(options)),
  };
}
