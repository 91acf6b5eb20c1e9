import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Answer } from './answer';

const run = promisify(execFile);
/** For a work on either side, loading the model included. */
const TIMEOUT_MS = 10 * 60_000;
const PEERS = join(__dirname, '../../peers');
const OURS = join(__dirname, 'ours', 'main.js');

interface Call {
  readonly checkpoint: string;
  /** File. */
  readonly request: string;
  readonly signal: AbortSignal;
}

/** Does a work of ours in a process of its own, so that its memory is its own too. */
export function runOurs(work: string, { checkpoint, request, signal }: Call): Promise<Answer> {
  return ask(process.execPath, [OURS, work, '--checkpoint', checkpoint, '--request', request], signal);
}

export function runPeer(python: string, script: string, { checkpoint, request, signal }: Call): Promise<Answer> {
  return ask(python, [join(PEERS, script), '--checkpoint', checkpoint, '--request', request, '--json'], signal);
}

async function ask(program: string, args: string[], signal: AbortSignal): Promise<Answer> {
  try {
    const env = { ...process.env, HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' };
    const { stdout } = await run(program, args, { signal, env, timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 });
    return JSON.parse(stdout) as Answer;
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${program} ${args.join(' ')} failed: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  const { stderr, killed, signal, message } = error as Error & { stderr?: string; killed?: boolean; signal?: string };
  if (killed === true) return `no answer within ${TIMEOUT_MS / 60_000} minutes`;
  if (typeof signal === 'string') return `ended by ${signal}; out of memory?`;
  return stderr?.trim().split('\n').slice(-5).join('\n') || message;
}
