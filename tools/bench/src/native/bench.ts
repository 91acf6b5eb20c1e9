import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Device, type Dtype } from '@srvau/native';
import { configJson, type ModelShape } from './model-shape';
import { runOurs, runPeer } from './programs';
import { Requests } from './requests';
import { type Sides, takeTurns } from './turns';
import { makeWorkload, type Workload, type WorkloadSize } from './workload';

const SEED = 7;
/** Rounds that differ by more have met something else on the machine. */
const MAX_UNREST = 1.3;

export interface BenchSettings {
  /** For files; the caller removes it. */
  readonly dir: string;
  readonly threads: number;
  readonly device: Device;
  /** Runs the peers; absent where there is none. */
  readonly python: string | undefined;
  readonly signal: AbortSignal;
  /** Where it stands. */
  readonly tell: (line: string) => void;
}

/** A model on disk and the requests to it. */
export interface Case {
  readonly name: string;
  readonly shape: ModelShape;
  readonly checkpoint: string;
  readonly workload: Workload;
  readonly requests: Requests;
}

export interface CaseOptions {
  /** Of the checkpoint. */
  readonly dtype?: Dtype;
  readonly size?: WorkloadSize;
}

export interface Comparison {
  readonly what: string;
  readonly checkpoint: string;
  /** A work of ours/main.ts and the file of its request. */
  readonly ours: readonly [work: string, request: string];
  /** A program of the peers and the file of its request. */
  readonly peer: readonly [script: string, request: string];
  /** Two by default. */
  readonly rounds?: number;
  /** The reason why the peer cannot be run here. */
  readonly withoutPeer?: string | undefined;
}

/** What all the works share: models to measure, both sides taking turns, and what the report says beside numbers. */
export class Bench {
  readonly notes: string[] = [];
  private readonly versions = new Set<string>();
  private readonly started = performance.now();

  constructor(private readonly settings: BenchSettings) {}

  async makeCase(name: string, shape: ModelShape, { dtype = 'float32', size }: CaseOptions = {}): Promise<Case> {
    const { threads, device, signal } = this.settings;
    this.tell(`${name}: making a checkpoint`);
    const dir = join(this.settings.dir, name.replaceAll(' ', '-'));
    const checkpoint = join(dir, 'checkpoint');
    await mkdir(dir);
    const init = join(dir, 'init.json');
    await writeFile(init, JSON.stringify({ config: configJson(shape), seed: SEED, threads, dtype }));
    // Not here: a child counts what its parent held when it began to its own memory.
    await runOurs('init', { checkpoint, request: init, signal });
    const workload = makeWorkload(shape, SEED, size);
    const requests = await Requests.make(dir, shape, workload, { threads, device, seed: SEED });
    return { name, shape, checkpoint, workload, requests };
  }

  async compare({ what, checkpoint, ours, peer, rounds = 2, withoutPeer }: Comparison): Promise<Sides> {
    const { python, signal } = this.settings;
    if (python !== undefined && withoutPeer !== undefined) this.notes.push(`${what}: peer not run, ${withoutPeer}`);
    const sides = await takeTurns({
      rounds,
      ours: () => runOurs(ours[0], { checkpoint, request: ours[1], signal }),
      peer:
        python === undefined || withoutPeer !== undefined
          ? undefined
          : () => runPeer(python, peer[0], { checkpoint, request: peer[1], signal }),
      tell: (who, round) => this.tell(`${what}: ${who}, round ${round} of ${rounds}`),
    });
    for (const who of ['ours', 'peer'] as const) {
      const unrest = sides[who]?.unrest();
      if (unrest !== undefined && unrest > MAX_UNREST) {
        this.notes.push(`${what}: not to be trusted, one round of ${who} took ${unrest.toFixed(1)} × the other's time`);
      }
    }
    for (const version of sides.peer?.versions() ?? []) this.versions.add(version);
    return sides;
  }

  /** The peers with their releases, or how to have them. */
  peers(): string {
    return this.settings.python === undefined
      ? 'peers not run: set SRVAU_PEER_PYTHON to a Python with the packages of tools/oracle/requirements.txt'
      : `peers: ${[...this.versions].join(', ')}`;
  }

  /** With the time since the bench began. */
  tell(line: string): void {
    this.settings.tell(`${((performance.now() - this.started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  }
}
