import { join } from 'node:path';
import {
  type DatasetRow,
  type EvaluationRunRequest,
  type EvaluationRunResult,
  EVALUATION_PROTOCOL_VERSION,
  inField,
  type JobProgress,
  SrvauError,
  type StructuredLog,
  type VauEvalJudgement,
} from '@srvau/contracts';
import type { ReportHead } from '@srvau/evaluation-report';
import { summarize } from '@srvau/judge';
import { IngestedVideos, type LocalVideos, type ModelLease, type ModelPool, resolveModel } from '@srvau/model-pool';
import {
  abortError,
  type ArtifactStore,
  digestManifest,
  DirectoryLock,
  fileUri,
  findVideos,
  fromFileError,
  readDataset,
  type VideoResolution,
} from '@srvau/storage';
import type { ReportPlace } from '../report-place';
import { Answers, type Outcome } from './answers';
import { type Asked, askItems, knownOf } from './ask-items';
import { judgeDescriptions } from './judge-descriptions';
import { figuresOf } from './figures';
import { inOrderOfRows, type PlannedItem, planItems } from './plan';
import {
  answersKey,
  DEFAULT_CONCURRENCY,
  reportDataset,
  type RunInputs,
  type RunSettings,
  settingsOf,
  shownSettings,
} from './settings';
import { assertSameReport, writeRun } from './write-run';

export interface RunDeps {
  store: ArtifactStore;
  models: ModelPool;
  videos: LocalVideos;
  place: ReportPlace;
  /** Directory of this machine for runs whose reports lie elsewhere. */
  staging: string;
  /** Version of the evaluation service, which scores. */
  version: string;
  signal: AbortSignal;
  progress(progress: JobProgress): void;
  log: StructuredLog;
  /** How long to wait for a dead worker's lock to count as stale. */
  lockWaitMs: number;
}

/** Beside the report, in its directory. */
const WORK = 'work';

/**
 * Asks a model what a dataset asks, scores what it answers, and writes the report. Every answer is on disk before it counts,
 * so that after a kill −9 the same request goes on from there; with models that answer alike it ends with the same bytes.
 *
 * @throws SrvauError CONFLICT: the name is taken by a report, or an unfinished run, of other settings. NOT_FOUND,
 *   UNPROCESSABLE: the dataset, a model. FORBIDDEN, INVALID_REQUEST: what may not be used
 */
export async function runEvaluation(request: EvaluationRunRequest, deps: RunDeps): Promise<EvaluationRunResult> {
  const { place, signal } = deps;
  const path = place.pathOf(request.name) ?? join(deps.staging, request.name);
  deps.progress({ stage: 'plan', done: 0, total: null, unit: 'items' });
  try {
    const inputs = await look(request, deps);
    await using lock = await DirectoryLock.acquire(path, { waitMs: deps.lockWaitMs, signal });
    return await new Run(request, inputs, path, {
      ...deps,
      signal: AbortSignal.any([signal, lock.signal]),
    }).run();
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    throw fromFileError(error, fileUri(path));
  }
}

/** Reads the dataset, and finds out which models are named. */
async function look(request: EvaluationRunRequest, { store, models, signal }: RunDeps): Promise<RunInputs> {
  const modelOf = (field: string, given: string): Promise<RunInputs['model']> =>
    inField(field, async () => {
      const uri = await resolveModel(given, field, store);
      return { uri, identity: await models.identify(uri, signal) };
    });
  const dataset = await inField('dataset', async () => {
    const path = await store.resolveLocal(request.dataset);
    return { ...(await readDataset(path)), path, uri: request.dataset, sha256: await digestManifest(path) };
  });
  return {
    dataset,
    model: await modelOf('model', request.model),
    judge: request.judge === undefined ? null : await modelOf('judge.model', request.judge.model),
  };
}

class Run {
  private readonly began = performance.now();
  private readonly settings: RunSettings;
  private readonly rows: readonly DatasetRow[];
  /** Native models compute items together. */
  private readonly batch: number | null;
  private readonly work: string;

  constructor(
    private readonly request: EvaluationRunRequest,
    private readonly inputs: RunInputs,
    private readonly path: string,
    private readonly deps: RunDeps,
  ) {
    this.settings = settingsOf(request, inputs.dataset);
    const { split, limit } = this.settings;
    const ofSplit = inputs.dataset.rows.filter((row) => split === null || row.split === split);
    this.rows = limit === null ? ofSplit : ofSplit.slice(0, limit);
    const { backend } = inputs.model.identity;
    this.batch = backend === 'native' ? (request.concurrency ?? DEFAULT_CONCURRENCY) : null;
    this.work = join(path, WORK);
  }

  async run(): Promise<EvaluationRunResult> {
    const { settings, inputs, batch, deps } = this;
    const plan = planItems(this.rows, settings.ways);
    if (plan.items.length === 0) throw this.nothingToAsk();
    const head = {
      ...{ name: this.request.name, protocol: settings.protocol, model: inputs.model },
      dataset: reportDataset(inputs, settings, this.rows.length, plan.excluded),
      ...{ settings: shownSettings(settings, inputs, batch), versions: await this.versions() },
      prompts: settings.ways,
      grammar: settings.grammar ?? undefined,
      ...{ resamples: settings.resamples, seed: settings.seed, published: settings.published },
    };
    const key = answersKey(settings, inputs, batch);
    if (this.request.replace !== true) {
      await assertSameReport(deps.place, head);
      await this.assertSameAnswers(key);
    }
    await using answers = await Answers.open(this.work, key);
    const files = await this.findVideos();
    const began = performance.now();
    const asked = await this.ask(plan.items, answers, files);
    const askMs = performance.now() - began;
    const judgements = await this.judge(plan.items, asked.outcomes);
    const { length: total } = plan.items;
    deps.progress({ stage: 'report', done: total, total, unit: 'items' });
    const report = await writeRun(
      { ...head, ...this.summary() },
      { items: plan.items, outcomes: asked.outcomes, judgements },
      { place: deps.place, path: this.path, signal: deps.signal },
    );
    return {
      ...figuresOf(report),
      report: deps.place.uriOf(this.request.name),
      timings: {
        answeredNow: asked.answeredNow,
        askSec: askMs / 1000,
        totalSec: (performance.now() - this.began) / 1000,
      },
    };
  }

  /** Models are opened only where there is something to ask. */
  private async ask(
    items: readonly PlannedItem[],
    answers: Answers,
    files: ReadonlyMap<string, VideoResolution>,
  ): Promise<Asked> {
    const { models, signal } = this.deps;
    const { outcomes } = knownOf(items, { answers, files });
    if (outcomes.size === items.length) return { outcomes, answeredNow: 0 };
    using lease = await models.acquire(this.inputs.model.uri, signal);
    const { settings, batch, deps, request } = this;
    const concurrency = request.concurrency ?? DEFAULT_CONCURRENCY;
    return await askItems(inOrderOfRows(items), {
      ...{ ...deps, model: lease.model, files, settings, answers, batch, concurrency },
      videos: new IngestedVideos(deps.videos),
    });
  }

  private async judge(
    items: readonly PlannedItem[],
    outcomes: ReadonlyMap<string, Outcome>,
  ): Promise<Map<string, VauEvalJudgement>> {
    const { judge } = this.inputs;
    if (judge === null || this.settings.judge === null) return new Map();
    const { models, lockWaitMs, signal, progress, log } = this.deps;
    const acquire = (): Promise<ModelLease> => models.acquire(judge.uri, signal);
    return judgeDescriptions(items, outcomes, {
      ...{ work: this.work, settings: this.settings.judge, acquire, lockWaitMs, signal, progress, log },
    });
  }

  private summary(): Pick<ReportHead, 'summarize'> {
    const { judge } = this.inputs;
    const { judge: settings } = this.settings;
    if (judge === null || settings === null) return {};
    const of = { settings, judge: judge.identity };
    return { summarize: (judgements) => summarize(judgements, of) };
  }

  private findVideos(): Promise<ReadonlyMap<string, VideoResolution>> {
    const { store, log, signal } = this.deps;
    const { card, path } = this.inputs.dataset;
    const names = new Set(this.rows.map(({ video }) => video));
    return findVideos(names, card.inputs.videos.uri, path, store, log, signal);
  }

  /** Of what computes the figures. */
  private async versions(): Promise<Record<string, string>> {
    const versions = { srvau: this.deps.version, protocol: String(EVALUATION_PROTOCOL_VERSION) };
    if (this.inputs.model.identity.backend !== 'native') return versions;
    const { runtimeInfo } = await import('@srvau/native');
    return { ...versions, torch: runtimeInfo().torchVersion };
  }

  private async assertSameAnswers(key: string): Promise<void> {
    const claimed = await Answers.claimed(this.work);
    if (claimed === null || claimed === key) return;
    const expected = 'no unfinished run of that name, or one of the same (replace: true begins anew)';
    const received = 'one of another model, dataset, sampling or extent';
    throw SrvauError.mismatch('CONFLICT', `report ${this.request.name}`, expected, received, { field: 'name' });
  }

  private nothingToAsk(): SrvauError {
    const { ways, split } = this.settings;
    const tasks = [...new Set(ways.map(({ task }) => task))].join(', ');
    const which = split === null ? 'rows' : `rows of the split ${split}`;
    const received = `${this.rows.length} ${which}, of which none takes part`;
    return SrvauError.mismatch('UNPROCESSABLE', 'dataset', `rows that take part in ${tasks}`, received);
  }
}
