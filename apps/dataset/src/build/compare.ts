import { createHash } from 'node:crypto';
import { canonicalJson, type ReflectCard, SrvauError } from '@srvau/contracts';
import type { Budget, BuildExtent, BuildSettings, BuiltFrom } from './settings';

/** Equal for settings that make equal records. Where the dataset lies does not matter, its bytes do. */
export function settingsHash(settings: BuildSettings): string {
  return createHash('sha256')
    .update(canonicalJson(comparable(settings)))
    .digest('hex');
}

/**
 * @throws SrvauError CONFLICT, naming every difference, unless they are accepted; another dataset never is: the same id
 *   could mean another question.
 */
export function assertSameSettings(
  where: string,
  there: BuildSettings,
  wanted: BuildSettings,
  acceptChanges: boolean,
): void {
  const before = flatten(comparable(there));
  const after = flatten(comparable(wanted));
  const differences = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name] ?? 'nothing'} instead of ${after[name] ?? 'nothing'}`);
  const otherDataset = there.dataset.sha256 !== wanted.dataset.sha256;
  if (differences.length === 0 || (acceptChanges && !otherDataset)) return;
  const expected = otherDataset
    ? 'a new or empty directory, or a build of the same dataset'
    : 'a new or empty directory, or a build of the same settings (acceptChanges goes on with other ones)';
  throw SrvauError.mismatch('CONFLICT', where, expected, `a build with ${differences.join(', ')}`);
}

function comparable(settings: BuildSettings): Record<string, unknown> {
  const { dataset, ...rest } = settings;
  return { ...rest, dataset: dataset.sha256 };
}

function flatten(value: unknown, path = ''): Record<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return { [path]: JSON.stringify(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]) => flatten(inner, path === '' ? name : `${path}.${name}`)),
  ) as Record<string, string>;
}

/** @throws SrvauError CONFLICT: what is done would have to be thrown away. */
export function assertNotNarrower(where: string, there: BuildExtent, wanted: BuildExtent): void {
  const lost = there.tasks.filter((task) => !wanted.tasks.includes(task));
  const narrower = [
    ...lost.map((task) => `without the task ${task}`),
    ...(wanted.samples < there.samples ? [`with ${wanted.samples} samples instead of ${there.samples}`] : []),
    ...(rows(wanted) < rows(there) ? [`of the first ${wanted.limit} rows instead of ${there.limit ?? 'all'}`] : []),
  ];
  if (narrower.length === 0) return;
  const expected = 'another directory, or a build of at least what is there';
  throw SrvauError.mismatch('CONFLICT', where, expected, `one ${narrower.join(', ')}`);
}

/** Whether there is more to do than what was asked for before. */
export function isWider(there: BuildExtent, wanted: BuildExtent): boolean {
  const more = wanted.tasks.some((task) => !there.tasks.includes(task));
  return more || wanted.samples > there.samples || rows(wanted) > rows(there);
}

/** Whether a budget leaves room where another one ended. */
export function isLarger(there: Budget, wanted: Budget): boolean {
  return (['maxRecords', 'maxTokens', 'maxCostUsd'] as const).some(
    (limit) => (wanted[limit] ?? Infinity) > (there[limit] ?? Infinity),
  );
}

/** What a finished dataset was built from. @throws SrvauError CONFLICT: it was not built, but imported. */
export function builtFrom({ inputs }: ReflectCard, where: string): BuiltFrom {
  const { dataset, initial, teacher, splits, settings: others } = inputs;
  const { extent, budget, items, ...rest } = others as Partial<BuiltFrom>;
  const whole = dataset !== null && initial !== null && teacher !== null && splits !== null;
  if (!whole || extent === undefined || budget === undefined || items === undefined) {
    const expected = 'a new or empty directory, or a build of the same settings';
    throw SrvauError.mismatch('CONFLICT', where, expected, 'a dataset that was not built');
  }
  return { settings: { ...rest, dataset, initial, teacher, splits } as BuildSettings, extent, budget, items };
}

const rows = ({ limit }: BuildExtent): number => limit ?? Infinity;
