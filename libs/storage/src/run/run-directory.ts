import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SrvauError, parseDto } from '@srvau/contracts';
import { writeJsonAtomic } from '../atomic/atomic-file';
import { ensureDirectory, statOrNull } from '../atomic/durable';
import { JsonlLog } from '../atomic/jsonl-log';
import { sweepStale } from '../atomic/temp-names';
import { errnoOf } from '../errno';
import { DirectoryLock, type DirectoryLockOptions } from '../lock/directory-lock';
import { readJsonl, writeJsonlAtomic } from '../tables/jsonl';
import { Checkpoints, stepName } from './checkpoints';
import { RUN_SCHEMA_VERSION, RunRecord, parseRunRecord } from './run-record';

export interface NewRun {
  kind: string;
  seed: number;
  config: Record<string, unknown>;
  given?: Record<string, unknown>;
  parents?: RunRecord['parents'];
  versions: Record<string, string>;
  /** Name of the directory; default `<kind>-<UTC time>-<random>`. */
  id?: string;
}

/** One line of `metrics.jsonl`. */
export interface MetricsLine {
  /** Optimizer steps done, ascending through the file. */
  step: number;
  [name: string]: unknown;
}

const RECORD = 'run.json';
const METRICS = 'metrics.jsonl';

/**
 * A run on disk, open for writing by this process alone:
 *
 * ```
 * run.json                    what the run is, see RunRecord
 * metrics.jsonl               one line a step
 * samples/step-000120.parquet
 * checkpoints/step-000120/
 * ```
 */
export class RunDirectory implements AsyncDisposable {
  readonly checkpoints: Checkpoints;

  private constructor(
    readonly dir: string,
    readonly record: RunRecord,
    private readonly lock: DirectoryLock,
    private metrics: JsonlLog,
  ) {
    this.checkpoints = new Checkpoints(join(dir, 'checkpoints'));
  }

  /**
   * Makes a new run below `root`.
   * @throws SrvauError INVALID_REQUEST for a bad record, CONFLICT when a run of this id is there or being made.
   */
  static async create(root: string, run: NewRun, options: DirectoryLockOptions = {}): Promise<RunDirectory> {
    const createdAt = new Date().toISOString();
    const stamp = createdAt.replace(/[-:]|\.\d+/g, '');
    const { id = `${run.kind}-${stamp}-${randomBytes(3).toString('hex')}`, parents = [], ...rest } = run;
    const plain = { schemaVersion: RUN_SCHEMA_VERSION, id, createdAt, parents, ...rest };
    // The JSON form is what counts, so that is what is checked.
    const record = parseDto(RunRecord, JSON.parse(JSON.stringify(plain)), 'run');
    const dir = join(root, id);
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
      const metrics = await JsonlLog.open(join(dir, METRICS));
      return new RunDirectory(dir, record, lock, metrics);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Aborts when another process may have taken the run over, see `DirectoryLock.signal`. */
  get signal(): AbortSignal {
    return this.lock.signal;
  }

  /** Appends one durable line. Numbers that JSON does not have are written as "NaN", "Infinity" and "-Infinity". */
  appendMetrics(line: MetricsLine): Promise<void> {
    return this.metrics.append(spelled(line));
  }

  /** The metrics so far, in order. */
  readMetrics(): AsyncGenerator<MetricsLine> {
    return readJsonl<MetricsLine>(join(this.dir, METRICS));
  }

  /**
   * Drops the metrics after `step`, so that a run resumed from that step's checkpoint writes them anew and the file
   * ends up as if it had never been interrupted.
   */
  async rewindMetrics(step: number): Promise<void> {
    await this.metrics.close();
    const kept = async function* (lines: AsyncGenerator<MetricsLine>): AsyncGenerator<MetricsLine> {
      for await (const line of lines) if (line.step <= step) yield line;
    };
    const path = join(this.dir, METRICS);
    try {
      await writeJsonlAtomic(path, kept(this.readMetrics()));
    } finally {
      this.metrics = await JsonlLog.open(path);
    }
  }

  /** Where the samples of a step go; the directory is there. */
  async samplesPath(step: number): Promise<string> {
    const samples = join(this.dir, 'samples');
    await ensureDirectory(samples);
    return join(samples, `${stepName(step)}.parquet`);
  }

  async close(): Promise<void> {
    try {
      await this.metrics.close();
    } finally {
      await this.lock.release();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A diverged loss is news: JSON.stringify would write it as null. */
function spelled(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(spelled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spelled(inner)]));
}
