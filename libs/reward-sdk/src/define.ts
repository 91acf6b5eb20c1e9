import { describe, type ErrorDetail, type JsonSchema, SrvauError } from '@srvau/contracts';
import { NoOptions, readOptions, schemaOfOptions } from './options/parse-options';
import {
  REWARD_PLUGIN,
  type RewardPlugin,
  type RewardPluginDefinition,
  type RolloutNeed,
  type ScoreRange,
} from './plugin';
import { asSrvauError } from './thrown';
import { SDK_VERSION } from './version';

/** How a plugin is named in messages and metrics: `task@1`. */
export function pluginLabel({ id, scoreVersion }: { readonly id: string; readonly scoreVersion: number }): string {
  return `${id}@${scoreVersion}`;
}

/**
 * Checks the definition and makes it a plugin, frozen.
 *
 * @throws SrvauError UNPROCESSABLE that says of each wrong field what was expected and what came
 */
export function defineRewardPlugin<Options extends object>(
  definition: RewardPluginDefinition<Options>,
): RewardPlugin<Options> {
  const details = faultsOf(definition);
  if (details.length > 0) throw refusal(definition, details);
  const { id, scoreVersion, summary, scope, range, options, needs = [] } = definition;
  const label = pluginLabel(definition);
  return Object.freeze({
    [REWARD_PLUGIN]: SDK_VERSION,
    id,
    scoreVersion,
    summary,
    scope,
    needs: Object.freeze([...needs]),
    parseOptions: (plain: unknown): Readonly<Options> => readOptions(options, plain, `options of ${label}`),
    optionsSchema: (): JsonSchema => schemaOfOptions(options),
    rangeOf: (given: Readonly<Options>): ScoreRange => {
      const { min, max } = typeof range === 'function' ? range(given) : range;
      if (isRange({ min, max })) return Object.freeze({ min, max });
      throw SrvauError.mismatch('UNPROCESSABLE', `range of ${label}`, RANGE, `[${min}, ${max}]`);
    },
    // Called as a method of the definition, which may be an object that uses `this`.
    create: (given: Readonly<Options>, host) => definition.create(given, host),
  } satisfies RewardPlugin<Options>);
}

/** Whether a value came out of `defineRewardPlugin`, of this or another copy of the SDK. */
export function isRewardPlugin(value: unknown): value is RewardPlugin {
  return value !== null && typeof value === 'object' && typeof (value as RewardPlugin)[REWARD_PLUGIN] === 'string';
}

/**
 * Options as the plugin's `create` takes them: validated, complete with defaults, frozen.
 *
 * @param plain plain data, e.g. read from a run's configuration; unknown keys are refused, nothing is converted
 * @throws SrvauError INVALID_REQUEST with one detail a fault
 */
export function parseOptions<Options extends object>(plugin: RewardPlugin<Options>, plain: unknown): Readonly<Options> {
  try {
    return plugin.parseOptions(plain);
  } catch (error) {
    throw asSrvauError(error) ?? error;
  }
}

const SCOPES = ['sample', 'group'];
const NEEDS: readonly RolloutNeed[] = ['label', 'normal', 'span', 'durationSec', 'tokens'];
const RANGE = '{min, max} with finite numbers and min ≤ max';

type Rule = readonly [expected: string, holds: (value: unknown) => boolean];

const RULES: { readonly [Field in keyof Required<RewardPluginDefinition>]: Rule } = {
  id: [
    'lower-case words joined by "-", at most 64 characters',
    (value) => typeof value === 'string' && value.length <= 64 && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
  ],
  scoreVersion: ['a whole number from 1', (value) => Number.isSafeInteger(value) && (value as number) >= 1],
  summary: [
    'one line of 1 to 200 characters',
    (value) => typeof value === 'string' && /^.{1,200}$/.test(value) && value.trim() !== '',
  ],
  scope: [`one of ${SCOPES.join(', ')}`, (value) => SCOPES.includes(value as string)],
  range: [
    `${RANGE}, or a function that makes it from the options`,
    (value) => typeof value === 'function' || isRange(value),
  ],
  options: [`a class; ${NoOptions.name} where there are none`, isClass],
  needs: [
    `a list of some of ${NEEDS.join(', ')}`,
    (value) =>
      value === undefined || (Array.isArray(value) && value.every((need) => NEEDS.includes(need as RolloutNeed))),
  ],
  create: ['a function', (value) => typeof value === 'function'],
};

function faultsOf(definition: unknown): ErrorDetail[] {
  if (definition === null || typeof definition !== 'object') {
    return [{ field: '(definition)', expected: 'an object', received: describe(definition) }];
  }
  const given = definition as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(RULES)
    .filter(([field, [, holds]]) => !holds(given[field]))
    .map(([field, [expected]]) => ({ field, expected, received: describe(given[field]) }));
  const unknown = Object.keys(given)
    .filter((field) => !Object.hasOwn(RULES, field))
    .map((field) => ({ field, expected: 'no such field', received: describe(given[field]) }));
  return [...wrong, ...unknown];
}

function refusal(definition: unknown, details: readonly ErrorDetail[]): SrvauError {
  const { id } = (definition ?? {}) as { id?: unknown };
  const name = typeof id === 'string' ? `reward plugin ${describe(id).replace(' (string)', '')}` : 'reward plugin';
  const lines = details.map(({ field, expected, received }) => `${field}: expected ${expected}, received ${received}`);
  return new SrvauError('UNPROCESSABLE', `${name}: ${lines.join('; ')}`, { details });
}

function isRange(value: unknown): value is ScoreRange {
  if (value === null || typeof value !== 'object') return false;
  const { min, max } = value as Partial<Record<keyof ScoreRange, unknown>>;
  return Number.isFinite(min) && Number.isFinite(max) && (min as number) <= (max as number);
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;
}
