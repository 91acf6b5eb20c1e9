import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  GrpoRequest,
  parseDto,
  parseJson,
  SftRequest,
  SrvauError,
  type TrainingKind,
  TRAINING_KINDS,
} from '@srvau/contracts';
import { fromNativeFailure } from '@srvau/models';
import { errnoOf } from '@srvau/storage';
import { type AttemptSpec, LOCK_WAIT_MS } from '../launch/protocol';
import { hostConfig, rankLog } from './host';
import { AttemptStopped } from './parent-link';
import { RANK_ENV, seatFromEnv } from './rank-environment';
import { runRank } from './run-rank';
import { stallLimitMs, StallWatch } from './stall-watch';

/** sysexits.h: the same command may succeed later, and goes on from the last checkpoint. */
const EXIT = { ok: 0, final: 1, usage: 64, tryAgain: 75 } as const;

/** A rank that something other than the training service has started, which starts it again where that may help. */
export async function runFromEnvironment(): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stopped.abort(new AttemptStopped('shutdown')));
  }
  let exitCode: number;
  try {
    exitCode = await train(stopped.signal);
  } catch (thrown) {
    const error = SrvauError.from(fromNativeFailure(thrown));
    const cause = thrown instanceof SrvauError ? '' : `${String(thrown)}\n`;
    process.stderr.write(`${cause}${JSON.stringify({ error: error.toWire() })}\n`);
    exitCode = stopped.signal.aborted || error.retryable ? EXIT.tryAgain : EXIT.final;
  }
  process.exit(exitCode);
}

async function train(signal: AbortSignal): Promise<number> {
  const args = readArgs();
  if (args === undefined) return EXIT.usage;
  if (args === 'help') {
    process.stdout.write(usage());
    return EXIT.ok;
  }
  const seat = seatFromEnv(process.env);
  const config = hostConfig();
  const log = await rankLog(config, { rank: seat.rank });
  const spec = await specOf(args.kind, args.request, seat.worldSize);
  using watch = new StallWatch({
    limitMs: stallLimitMs(config, seat.worldSize),
    onStall: (error) => {
      process.stderr.write(`${JSON.stringify({ error: error.toWire() })}\n`);
      // Not process.exit, which would wait for what native code computes. Whoever started this starts it again.
      process.kill(process.pid, 'SIGKILL');
    },
  });
  const reports = {
    begins: (what: string) => watch.begins(what),
    listening: (port: number) => log.info({ port, worldSize: seat.worldSize }, 'waiting for the other ranks'),
    progress: () => undefined,
    metrics: (step: number, values: object) => log.info({ step, ...values }, 'step'),
    event: (event: object) => log.info(event, 'event of the run'),
  };
  const summary = await runRank(spec, seat, { config, log, signal, reports });
  if (seat.rank === 0) process.stdout.write(`${JSON.stringify(summary)}\n`);
  return EXIT.ok;
}

/** Undefined where they are wrong, which has been said. */
function readArgs(): 'help' | { kind: TrainingKind; request: string } | undefined {
  let problem: string;
  try {
    const options = { kind: { type: 'string' }, request: { type: 'string' }, help: { type: 'boolean' } } as const;
    const { kind, request, help } = parseArgs({ options }).values;
    if (help === true) return 'help';
    const known = TRAINING_KINDS.find((one) => one === kind);
    if (known !== undefined && request !== undefined) return { kind: known, request };
    problem = known === undefined ? `--kind: expected ${TRAINING_KINDS.join(' or ')}` : '--request: expected a file';
  } catch (error) {
    problem = (error as Error).message;
  }
  process.stderr.write(`${problem}\n${usage()}`);
  return undefined;
}

async function specOf(kind: TrainingKind, file: string, worldSize: number): Promise<AttemptSpec> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const received = `${file} (${errnoOf(cause) ?? 'unreadable'})`;
    throw SrvauError.mismatch('INVALID_REQUEST', '--request', 'a readable file', received, { cause });
  }
  const request = parseDto(kind === 'sft' ? SftRequest : GrpoRequest, parseJson(text, file, 'INVALID_REQUEST'), file);
  if (request.ranks !== undefined && request.ranks !== worldSize) {
    throw SrvauError.mismatch(
      'INVALID_REQUEST',
      'ranks',
      `${worldSize}, as WORLD_SIZE says, or none`,
      `${request.ranks}`,
    );
  }
  return { kind, request: { ...request, ranks: worldSize }, lockWaitMs: LOCK_WAIT_MS };
}

function usage(): string {
  const variables = Object.values(RANK_ENV).map(({ name, doc }) => `  ${name.padEnd(22)}${doc}`);
  return `Usage: node dist/rank/main.js --kind sft|grpo --request FILE

Trains as one rank. FILE holds the request of srvau.training.sft or .grpo as JSON. A run that has begun in its "out"
is gone on with. The last line of standard output is the summary.

Variables, beside those of the training service:
${variables.join('\n')}

Exit codes: 0 done; 75 try again, the run goes on from its last checkpoint; 1 final, with the error as JSON on
standard error; 64 wrong arguments.
`;
}
