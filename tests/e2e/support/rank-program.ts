import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainRequest } from '@srvau/contracts';

const PROGRAM = join(__dirname, '../../../apps/training/dist/rank/main.js');

export interface RankExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A rank as a Kubernetes pod would start it. */
export class RankProgram {
  readonly ended: Promise<RankExit>;
  private stdout = '';
  private stderr = '';

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  static start(args: readonly string[], env: Readonly<Record<string, string>>): RankProgram {
    const { PATH = '', HOME = '', SRVAU_FFMPEG, SRVAU_FFPROBE } = process.env;
    const programs = Object.entries({ SRVAU_FFMPEG, SRVAU_FFPROBE }).filter(([, path]) => path !== undefined);
    return new RankProgram(
      spawn(process.execPath, [PROGRAM, ...args], {
        env: { PATH, HOME, ...Object.fromEntries(programs), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  /** Trains what a request says. @param dir for the file that it is written to */
  static train(
    kind: 'sft' | 'grpo',
    request: TrainRequest,
    dir: string,
    env: Readonly<Record<string, string>>,
  ): RankProgram {
    mkdirSync(dir, { recursive: true });
    const file = join(dir, 'request.json');
    writeFileSync(file, JSON.stringify(request));
    return RankProgram.start(['--kind', kind, '--request', file], env);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
