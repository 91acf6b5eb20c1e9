import { cutText } from '../../validation/describe';
import { type DtoClass, parseDto } from '../../validation/parse-dto';
import { SrvauError } from '../../wire/errors';
import { GrpoConfig } from '../grpo';
import { TRAINING_PRESETS } from '../presets';
import { SftConfig } from '../sft';
import type { TrainConfig, TrainingKind, TrainRequest } from '../train';
import { checkGrpo } from './check-grpo';
import { checkSft } from './check-sft';
import { merged } from './merge';
import { refusal, Refusals } from './refusals';

/** The part of a request that says how to train. */
export type TrainSettings = Pick<TrainRequest, 'preset' | 'config' | 'ranks'>;

/**
 * The whole configuration of a supervised run: defaults, under the preset, under `config`.
 * @throws SrvauError INVALID_REQUEST with a detail for each fault, named from the request on: `config.optimizer.learningRate`
 */
export function resolveSft(settings: TrainSettings): SftConfig {
  return resolve('sft', SftConfig, settings, checkSft);
}

/** As resolveSft, for GRPO. */
export function resolveGrpo(settings: TrainSettings): GrpoConfig {
  return resolve('grpo', GrpoConfig, settings, checkGrpo);
}

function resolve<C extends TrainConfig>(
  kind: TrainingKind,
  type: DtoClass<C>,
  { preset, config = {}, ranks = 1 }: TrainSettings,
  check: (config: C, ranks: number, refuse: Refusals) => void,
): C {
  const what = `training.${kind} request`;
  const whole = parseConfig(type, merged(presetOf(kind, preset), config), what);
  const refuse = new Refusals();
  check(whole, ranks, refuse);
  refuse.throwIfAny(what);
  return whole;
}

function presetOf(kind: TrainingKind, name: string | undefined): Readonly<Record<string, unknown>> {
  if (name === undefined) return {};
  const preset = Object.hasOwn(TRAINING_PRESETS, name) ? TRAINING_PRESETS[name] : undefined;
  if (preset?.kind === kind) return preset.config;
  const known = Object.keys(TRAINING_PRESETS).filter((one) => TRAINING_PRESETS[one]?.kind === kind);
  const expected = `a preset of ${kind}: ${known.join(', ')}`;
  const received = preset === undefined ? cutText(JSON.stringify(name)) : `"${name}", one of ${preset.kind}`;
  throw SrvauError.mismatch('INVALID_REQUEST', 'preset', expected, received);
}

/** Faults are named as the caller wrote them, not as the class nests. */
function parseConfig<C extends object>(type: DtoClass<C>, plain: Record<string, unknown>, what: string): C {
  try {
    return parseDto(type, plain, what);
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    throw refusal(
      what,
      error.details.map((detail) => ({ ...detail, field: `config.${detail.field}` })),
    );
  }
}
