import {
  describe,
  GrpoRequest,
  isObject,
  parseDto,
  resolveGrpo,
  resolveSft,
  SftRequest,
  SrvauError,
  type TrainRequest,
} from '@srvau/contracts';
import { readJsonArgument } from '../arguments/json';
import { toUri } from '../arguments/uri';
import { usageError } from '../exit';
import type { Io } from '../io';
import { assigned, type Assignment, flagOf, parseAssignment } from './assignments';
import type { TrainOptions } from './options';

const PREFIX = 'config.';

/**
 * What was typed as a request, looked through before any service is asked.
 * @throws CliError, SrvauError naming the flag, or the file, that said what is wrong
 */
export async function trainRequest(options: TrainOptions, io: Io): Promise<TrainRequest> {
  const { kind, model, data, out, preset, ranks, resume, idempotencyKey } = options;
  const settings = assignmentsOf(options);
  const file = options.config === undefined ? {} : await configFile(options.config, io);
  const config = assigned(file, settings);
  const plain = {
    model: toUri(model, io.cwd, '--model'),
    data: toUri(data, io.cwd, '--data'),
    out: toUri(out, io.cwd, '--out'),
    ...(preset === undefined ? {} : { preset }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(resume ? { resume } : {}),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
  const request: TrainRequest = parseDto<TrainRequest>(
    kind === 'sft' ? SftRequest : GrpoRequest,
    plain,
    `srvau train ${kind}`,
  );
  try {
    if (kind === 'sft') resolveSft(request);
    else resolveGrpo(request);
  } catch (error) {
    throw named(error, options, settings, file);
  }
  return request;
}

/** Flags of their own first, then what `--set` says. */
function assignmentsOf(options: TrainOptions): Assignment[] {
  const { kind, seed, steps, learningRate, batchSize, limit, device, epochs, groupSize, maxNewTokens } = options;
  const own: Assignment[] = [
    { path: 'seed', value: seed, flag: '--seed' },
    { path: 'steps', value: steps, flag: '--steps' },
    { path: 'limit', value: limit, flag: '--limit' },
    { path: 'epochs', value: epochs, flag: '--epochs' },
    { path: 'optimizer.learningRate', value: learningRate, flag: '--learning-rate' },
    { path: kind === 'sft' ? 'batchSize' : 'rollout.promptsPerStep', value: batchSize, flag: '--batch-size' },
    { path: 'rollout.groupSize', value: groupSize, flag: '--group-size' },
    { path: 'rollout.maxNewTokens', value: maxNewTokens, flag: '--max-new-tokens' },
    { path: 'compute.device', value: device, flag: '--device' },
  ];
  return [...own.filter(({ value }) => value !== undefined), ...(options.set ?? []).map(parseAssignment)];
}

async function configFile(typed: string, io: Io): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJsonArgument(typed, '--config', io.cwd, io.interrupts.signal);
  if (isObject(value)) return value;
  throw SrvauError.mismatch('INVALID_REQUEST', '--config', 'a JSON object', describe(value));
}

/** The same fault, each field with what said it. */
function named(error: unknown, options: TrainOptions, settings: readonly Assignment[], file: object): unknown {
  if (!(error instanceof SrvauError) || error.code !== 'INVALID_REQUEST') return error;
  const details = error.details.map((detail) => ({
    ...detail,
    field: sourceOf(detail.field, options, settings, file),
  }));
  const lines = details.map(({ field, expected, received }) => `${field}: expected ${expected}, received ${received}`);
  return usageError(`srvau train ${options.kind}: ${lines.join('; ')}`, details);
}

function sourceOf(field: string, { config }: TrainOptions, settings: readonly Assignment[], file: object): string {
  if (!field.startsWith(PREFIX)) return `--${field}`;
  const path = field.slice(PREFIX.length);
  const flag = flagOf(path, settings);
  if (flag !== undefined) return flag.endsWith(path) ? flag : `${flag} (${path})`;
  const [group = ''] = path.split(/[.[]/);
  return config !== undefined && Object.hasOwn(file, group) ? `${config}: ${path}` : path;
}
