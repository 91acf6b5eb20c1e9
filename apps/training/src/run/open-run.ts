import { basename, join } from 'node:path';
import type { GrpoConfig, SftConfig, TrainingKind } from '@srvau/contracts';
import { type NewRun, RunDirectory, stepName } from '@srvau/storage';
import { changesInWords, changesOf } from '../config/changes';
import { requireSameRun } from '../config/same-run';
import type { RankContext } from '../rank/rank-context';
import { sumOverRanks } from '../rank/sum-over-ranks';
import { numbersOf, rebuildEventFile } from './event-file';
import { writing } from './full-disk';
import { lastWhole } from './last-whole';
import { MainRun } from './main-run';
import { MemberRun } from './member-run';
import type { TrainingRun } from './run';
import { parentsOf } from './run-parents';
import { runVersions } from './run-versions';
import { readResumePoint } from './train-state';

export interface OpenRunOptions {
  readonly kind: TrainingKind;
  /** Path of the run directory. */
  readonly dir: string;
  /** As resolved: what the run records. */
  readonly config: SftConfig | GrpoConfig;
  /** As the user gave it. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Real local paths of the starting checkpoint and of D_reflect. */
  readonly paths: { readonly model: string; readonly data: string };
  /** A run that has begun in `dir` is gone on with; else its being there is a CONFLICT. */
  readonly resume: boolean;
  readonly context: RankContext;
  /** How long to wait for a process that has the directory open, or is not yet known to be gone; 0 by default. */
  readonly lockWaitMs?: number;
}

/**
 * Begins a run, or takes one back to its last checkpoint: what it logged and sampled after that is dropped, since it will be
 * done again. All ranks call it together once they have joined; those other than 0 wait here until the directory is ready.
 *
 * @throws SrvauError CONFLICT: a run is there that is another one, not to be resumed, or open elsewhere; UNPROCESSABLE: a
 *   damaged run, a full disk
 */
export async function openRun(options: OpenRunOptions): Promise<TrainingRun> {
  const { kind, dir, context } = options;
  if (context.rank === 0) {
    const run = await writing('a run', dir, () => openMain(options));
    await tell(run, context);
    return run;
  }
  const step = await stepOfResume(null, context);
  const resume = step === null ? null : await readResumePoint(join(dir, 'checkpoints', stepName(step)));
  return new MemberRun(kind, dir, resume, context);
}

async function tell(run: TrainingRun, context: RankContext): Promise<void> {
  try {
    await stepOfResume(run.resume?.state.step ?? null, context);
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}

/** Rank 0 says where the run goes on, which the others may not look for: it may still be removing what a kill left. */
async function stepOfResume(step: number | null, context: RankContext): Promise<number | null> {
  const [sum = 0] = await sumOverRanks(context)(Float64Array.of(step === null ? 0 : step + 1));
  return sum === 0 ? null : sum - 1;
}

async function openMain(options: OpenRunOptions): Promise<MainRun> {
  const { config, context } = options;
  const now = await recordOf(options);
  const { directory, isNew } = await openDirectory(options, now);
  const { run, lost } = await takeBack(directory, options);
  try {
    const { record } = directory;
    const settings = changesOf(record.config, now.config);
    if (settings.length > 0) await directory.reconfigure(now.config);
    const changes = changesInWords([...settings, ...changesOf(record.versions, now.versions)]);
    const [step, from] = run.resume === null ? [0, 'the beginning'] : [run.resume.state.step, 'its last checkpoint'];
    await run.event(
      isNew
        ? { step, kind: 'started', message: `began with seed ${config.seed}` }
        : {
            step,
            kind: 'resumed',
            message: `goes on from ${from}${changes === '' ? '' : `, with ${changes}`}${lost}`,
          },
    );
    context.log.info({ run: directory.record.id, dir: directory.dir, step }, isNew ? 'run began' : 'run goes on');
    return run;
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * To the last checkpoint that is whole; a run that has none at all begins anew.
 * @returns also what is to be said of those that were damaged
 */
async function takeBack(
  directory: RunDirectory,
  { kind, config, paths, context }: OpenRunOptions,
): Promise<{ run: MainRun; lost: string }> {
  try {
    const { resume, damaged } = await lastWhole(await directory.checkpoints.list());
    const lost: string[] = [];
    for (const { checkpoint, error } of damaged) {
      const aside = await directory.checkpoints.setAside(checkpoint);
      context.log.warn({ err: error, aside }, 'a checkpoint is damaged; the one before it is taken');
      lost.push(`; that of step ${checkpoint.step} is damaged, and lies in ${basename(aside)}: ${error.message}`);
    }
    const last = await directory.rewind(resume?.state.step ?? -1);
    const run = new MainRun({
      ...{ kind, directory, resume, context },
      events: await rebuildEventFile(directory),
      lastMetrics: last === null ? {} : numbersOf(last),
      retention: config.checkpoints,
      startedFrom: paths.model,
    });
    return { run, lost: lost.join('') };
  } catch (error) {
    await directory.close();
    throw error;
  }
}

async function recordOf({ kind, config, given, paths, context }: OpenRunOptions): Promise<NewRun> {
  return {
    kind: `training.${kind}`,
    seed: config.seed,
    // As `run.json` gives it back.
    config: JSON.parse(JSON.stringify(config)) as Record<string, unknown>,
    given: { ...given },
    parents: await parentsOf(paths, context.signal),
    versions: runVersions(context.worldSize),
  };
}

/** Nothing of a run that is another one is changed. */
async function openDirectory(
  { dir, resume, context, lockWaitMs = 0 }: OpenRunOptions,
  now: NewRun,
): Promise<{ directory: RunDirectory; isNew: boolean }> {
  const lock = { waitMs: lockWaitMs, signal: context.signal };
  if (!resume || (await RunDirectory.readOrNull(dir)) === null)
    return { directory: await RunDirectory.createIn(dir, now, lock), isNew: true };
  const directory = await RunDirectory.open(dir, lock);
  try {
    requireSameRun(directory.record, { kind: now.kind, config: now.config, parents: now.parents ?? [] });
    return { directory, isNew: false };
  } catch (error) {
    await directory.close();
    throw error;
  }
}
