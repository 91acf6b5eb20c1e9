import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type RunEvent, SrvauError, parseDto } from '@srvau/contracts';
import { writeJsonAtomic } from '../atomic/atomic-file';
import { statOrNull } from '../atomic/durable';
import { sweepStale } from '../atomic/temp-names';
import { errnoOf } from '../errno';
import { DirectoryLock, type DirectoryLockOptions } from '../lock/directory-lock';
import { Checkpoints } from './checkpoints';
import { RUN_ID, RUN_SCHEMA_VERSION, RunRecord, parseRunRecord } from './run-record';
import { Samples } from './samples';
import { type StepLine, StepLog } from './step-log';

export interface NewRun {
  kind: string;
  seed: number;
  config: Record<string, unknown>;
  given?: Record<string, unknown>;
  parents?: RunRecord['parents'];
  versions: Record<string, string>;
  /** Default: the name of the directory, or `<kind>-<UTC time>-<random>` where that is no name for a run. */
  id?: string;
}

const RECORD = 'run.json';
/** What is written step by step. */
const LOGS = ['metrics', 'timings', 'events'] as const;
type Logs = Record<(typeof LOGS)[number], StepLog>;

/** Events that say why an attempt ended or was slow: that stays true when its steps are done again. */
const LASTING_EVENTS: ReadonlySet<unknown> = new Set<RunEvent['kind']>(['failed', 'stopped', 'waiting']);

/**
 * A run on disk, open for writing by this process alone:
 *
 * ```
 * run.json                    what the run is, see RunRecord
 * metrics.jsonl               one line a step: what equal runs have alike
 * timings.jsonl               when a step was done, and what took how long
 * events.jsonl                what a person should know of
 * samples/step-000120.parquet
 * checkpoints/step-000120/
 * ```
 */
export class RunDirectory implements AsyncDisposable {
  readonly checkpoints: Checkpoints;
  readonly samples: Samples;

  private constructor(
    readonly dir: string,
    private known: RunRecord,
    private readonly lock: DirectoryLock,
    private readonly logs: Logs,
  ) {
    this.checkpoints = new Checkpoints(join(dir, 'checkpoints'));
    this.samples = new Samples(join(dir, 'samples'));
  }

  /**
   * Makes a new run in `dir`.
   * @throws SrvauError INVALID_REQUEST for a bad record, CONFLICT when a run is there or being made.
   */
  static async createIn(dir: string, run: NewRun, options: DirectoryLockOptions = {}): Promise<RunDirectory> {
    const createdAt = new Date().toISOString();
    const name = basename(dir);
    const { id = RUN_ID.test(name) ? name : idFor(run.kind), parents = [], ...rest } = run;
    const plain = { schemaVersion: RUN_SCHEMA_VERSION, id, createdAt, parents, ...rest };
    // The JSON form is what counts, so that is what is checked.
    const record = parseDto(RunRecord, JSON.parse(JSON.stringify(plain)), 'run');
    return RunDirectory.locked(dir, options, async () => {
      if ((await statOrNull(join(dir, RECORD))) !== null) {
        throw SrvauError.mismatch('CONFLICT', dir, 'no run yet', 'one that has begun', { field: 'directory' });
      }
      await writeJsonAtomic(join(dir, RECORD), record);
      return record;
    });
  }

  /**
   * Opens a run to go on with it. What a killed process left half written is removed; a torn last metrics line too.
   * @throws SrvauError NOT_FOUND (no `run.json`), UNPROCESSABLE (a bad one), CONFLICT (another process has it open).
   */
  static async open(dir: string, options: DirectoryLockOptions = {}): Promise<RunDirectory> {
    // Before the lock, which would make the directory.
    await RunDirectory.read(dir);
    return RunDirectory.locked(dir, options, () => RunDirectory.read(dir));
  }

  /** What the run is, without opening it; also while another process writes it. */
  static async read(dir: string): Promise<RunRecord> {
    const path = join(dir, RECORD);
    try {
      return parseRunRecord(await readFile(path, 'utf8'), path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
      const expected = `a run directory with ${RECORD}`;
      throw SrvauError.mismatch('NOT_FOUND', dir, expected, 'none', { field: 'directory', cause: error });
    }
  }

  /** As `read`, null where no run is. */
  static async readOrNull(dir: string): Promise<RunRecord | null> {
    try {
      return await RunDirectory.read(dir);
    } catch (error) {
      if (error instanceof SrvauError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  private static async locked(
    dir: string,
    options: DirectoryLockOptions,
    prepare: () => Promise<RunRecord>,
  ): Promise<RunDirectory> {
    const lock = await DirectoryLock.acquire(dir, options);
    try {
      const record = await prepare();
      await sweepStale(dir, { olderThanMs: 0 });
      for (const part of ['checkpoints', 'samples']) await sweepStale(join(dir, part), { olderThanMs: 0 });
      return new RunDirectory(dir, record, lock, await openLogs(dir));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** What the run is. */
  get record(): RunRecord {
    return this.known;
  }

  /** Records that the run goes on with another configuration. @throws SrvauError INVALID_REQUEST for a bad one */
  async reconfigure(config: Record<string, unknown>): Promise<void> {
    const record = parseDto(RunRecord, JSON.parse(JSON.stringify({ ...this.known, config })), 'run');
    await writeJsonAtomic(join(this.dir, RECORD), record);
    this.known = record;
  }

  /** Aborts when another process may have taken the run over, see `DirectoryLock.signal`. */
  get signal(): AbortSignal {
    return this.lock.signal;
  }

  /** Appends one durable line. Numbers that JSON does not have are written as "NaN", "Infinity" and "-Infinity". */
  appendMetrics(line: StepLine): Promise<void> {
    return this.logs.metrics.append(line);
  }

  appendTimings(line: StepLine): Promise<void> {
    return this.logs.timings.append(line);
  }

  appendEvent(line: StepLine): Promise<void> {
    return this.logs.events.append(line);
  }

  /** The metrics so far, in order. */
  readMetrics(): AsyncGenerator<StepLine> {
    return this.logs.metrics.read();
  }

  readTimings(): AsyncGenerator<StepLine> {
    return this.logs.timings.read();
  }

  /**
   * Drops metrics, timings, events and samples after `step`, so that a run resumed from that step's checkpoint writes
   * them anew and its metrics end up as if it had never been interrupted. −1 drops all. Of the events those stay that
   * tell what became of earlier attempts.
   * @returns the last line of the metrics that is left, or null
   */
  async rewind(step: number): Promise<StepLine | null> {
    await this.logs.timings.rewind(step);
    await this.logs.events.rewind(step, ({ kind }) => LASTING_EVENTS.has(kind));
    await this.samples.rewind(step);
    return this.logs.metrics.rewind(step);
  }

  async close(): Promise<void> {
    try {
      await closeAll(Object.values(this.logs));
    } finally {
      await this.lock.release();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const idFor = (kind: string): string => {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `${kind}-${stamp}-${randomBytes(3).toString('hex')}`;
};

async function openLogs(dir: string): Promise<Logs> {
  const open: StepLog[] = [];
  try {
    for (const name of LOGS) open.push(await StepLog.open(join(dir, `${name}.jsonl`)));
    const [metrics, timings, events] = open as [StepLog, StepLog, StepLog];
    return { metrics, timings, events };
  } catch (error) {
    await closeAll(open);
    throw error;
  }
}

async function closeAll(logs: readonly StepLog[]): Promise<void> {
  await Promise.all(logs.map((log) => log.close()));
}
