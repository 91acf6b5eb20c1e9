import { join } from 'node:path';
import {
  type GrpoConfig,
  resolveGrpo,
  resolveSft,
  type SftConfig,
  SrvauError,
  type StructuredLog,
  type TrainSummary,
} from '@srvau/contracts';
import type { MediaPath } from '@srvau/models';
import { ProcessGroup } from '@srvau/native';
import { ArtifactStore, RunDirectory } from '@srvau/storage';
import { artifactOptions } from '@srvau/service';
import { createGrpoObjective } from '../grpo/create-grpo-objective';
import { checkTrainRequest } from '../config/check-request';
import type { AttemptSpec } from '../launch/protocol';
import type { Objective } from '../loop/objective';
import { runLoop, tellEnd } from '../loop/run-loop';
import { openRun, type OpenRunOptions } from '../run/open-run';
import type { TrainingRun } from '../run/run';
import { createSftObjective } from '../sft/create-sft-objective';
import type { TrainingConfig } from '../training-config';
import { abandonRun } from './abandon-run';
import type { ObjectiveDeps, TrainPaths } from './objective-deps';
import { placeRank } from './placement';
import type { RankContext } from './rank-context';
import { servicesOf } from './rank-services';
import { VideoCopies } from './video-copies';

/** Where the ranks of an attempt find each other, and this one's place among them. */
export interface RankSeat {
  readonly rank: number;
  readonly worldSize: number;
  readonly local: { readonly rank: number; readonly size: number };
  /** Of rank 0. */
  readonly address: string;
  /** Of rank 0, which may take 0: any that is free. */
  readonly port: number;
}

/** What a rank tells whoever started it while it trains. */
export interface RankReports extends Pick<RankContext, 'begins' | 'progress' | 'metrics' | 'event'> {
  listening(port: number): void;
}

/** What a rank has of the process that it runs in. */
export interface RankHost {
  readonly config: TrainingConfig;
  readonly log: StructuredLog;
  readonly signal: AbortSignal;
  readonly reports: RankReports;
}

/**
 * One rank's part in an attempt, from joining the others to the last checkpoint.
 * @returns of rank 0 what the run came to; another rank does not know the metrics of steps that it took no part in
 */
export async function runRank(spec: AttemptSpec, seat: RankSeat, host: RankHost): Promise<TrainSummary> {
  const { kind, request } = spec;
  const config = kind === 'sft' ? resolveSft(request) : resolveGrpo(request);
  const placement = placeRank(config.compute, seat.local);
  const store = new ArtifactStore(artifactOptions(host.config));
  const paths = await pathsOf(spec, store);
  const mayResume = await mayGoOn(spec, paths.out);
  if (seat.rank === 0) {
    // What the request was refused for, or would have been had it come by way of the service.
    await checkTrainRequest(kind, request, config, store, { resume: false, mayBeOurs: mayResume });
  }
  await using services = await servicesOf(kind, host);
  await using group = await joinGroup(seat, placement.device, host);
  const context: RankContext = {
    ...{ rank: seat.rank, worldSize: seat.worldSize, signal: host.signal, log: host.log },
    ...(group === undefined ? {} : { group }),
    ...(seat.rank === 0 ? host.reports : { ...MUTE, begins: host.reports.begins }),
  };
  await using run = await openOwn(spec, { kind, dir: paths.out, config, paths, context, resume: mayResume });
  const { home, videoBytes: mostBytes } = host.config;
  const videos = new VideoCopies(store, { dir: join(home, 'training-videos'), mostBytes });
  const mediaPath: MediaPath = (video, signal) => {
    context.begins('prepare');
    return videos.path(video, signal);
  };
  const deps = { ...placement, paths, run, context, mediaPath, services: services.client };
  await using objective = await createObjective(config, kind, deps).catch(async (error: unknown) => {
    if (run.resume !== null) throw await tellEnd(run, context, run.resume.state.step, error);
    if (seat.rank === 0) await abandonRun(run);
    throw error;
  });
  return await runLoop(objective, run, context, config);
}

const MUTE = { progress: () => undefined, metrics: () => undefined, event: () => undefined };

function createObjective(
  config: SftConfig | GrpoConfig,
  kind: AttemptSpec['kind'],
  deps: Omit<ObjectiveDeps<SftConfig>, 'config'>,
): Promise<Objective> {
  return kind === 'sft'
    ? createSftObjective({ ...deps, config: config as SftConfig })
    : createGrpoObjective({ ...deps, config: config as GrpoConfig });
}

async function pathsOf({ request }: AttemptSpec, store: ArtifactStore): Promise<TrainPaths> {
  const [model, data, out] = await Promise.all([
    store.resolveLocal(request.model),
    store.resolveLocal(request.data),
    store.resolveLocal(request.out),
  ]);
  return { model, data, out };
}

async function joinGroup(
  { rank, worldSize, address, port }: RankSeat,
  device: Parameters<typeof ProcessGroup.join>[0]['device'],
  { config, signal, reports }: RankHost,
): Promise<ProcessGroup | undefined> {
  if (worldSize === 1) return undefined;
  return ProcessGroup.join({
    ...{ rank, worldSize, address, port, signal, timeoutMs: config.rankTimeoutMs },
    ...(device === undefined ? {} : { device }),
    ...(rank === 0 ? { onListening: (found: number) => reports.listening(found) } : {}),
  });
}

/** Opens the run of this attempt: a new one, or the one that it may go on with. */
async function openOwn(spec: AttemptSpec, options: Omit<OpenRunOptions, 'given' | 'lockWaitMs'>): Promise<TrainingRun> {
  const { lockWaitMs } = spec;
  try {
    return await openRun({ ...options, given: givenBy(spec), lockWaitMs });
  } catch (error) {
    // A worker that was cut off from NATS trains on until it hears that its job is another's. It is worth waiting for.
    const isTakeOver = options.resume && lockWaitMs > 0;
    if (!isTakeOver || !(error instanceof SrvauError) || error.details[0]?.field !== 'directory') throw error;
    throw new SrvauError('UNAVAILABLE', error.message, { details: error.details, cause: error });
  }
}

/** The request as it was made, for `run.json`. */
function givenBy({ request, jobId }: AttemptSpec): Record<string, unknown> {
  const { preset, config, ranks } = request;
  return {
    ...(preset === undefined ? {} : { preset }),
    ...(config === undefined ? {} : { config }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(jobId === undefined ? {} : { jobId }),
  };
}

/**
 * Whether a run that has begun in the directory is ours to go on with: the request says so, an earlier attempt of the same job
 * began it, or there is no job, and so nobody but this command to start it again.
 */
async function mayGoOn({ request, jobId }: AttemptSpec, dir: string): Promise<boolean> {
  if (request.resume === true || jobId === undefined) return true;
  return (await RunDirectory.readOrNull(dir))?.given?.['jobId'] === jobId;
}
