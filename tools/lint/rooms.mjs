import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The rule between rooms (ARCHITECTURE.md): which room may import which. A room is named by the tag `room:<name>` under
 * `nx.tags` in its package.json; several packages may share one (every plugin is in `plugin`), and packages of one room
 * do not import each other either. `ANY` may import everything, also by relative path: `tools/setup` runs before
 * packages are linked.
 */
export const ANY = '*';

/** @type {Record<string, readonly string[] | typeof ANY>} */
export const ROOMS = {
  contracts: [],
  machine: [],
  native: [],
  messaging: ['contracts'],
  'evaluation-client': ['contracts', 'messaging'],
  storage: ['contracts'],
  video: ['contracts'],
  service: ['contracts', 'messaging'],
  reasoning: ['contracts'],
  metrics: ['contracts', 'reasoning'],
  judge: ['contracts', 'metrics', 'model-pool', 'models'],
  page: [],
  'evaluation-report': ['contracts', 'metrics', 'page', 'reasoning', 'storage'],
  'reflection-data': ['contracts', 'page', 'reasoning', 'storage'],
  'reward-sdk': ['contracts', 'reasoning'],
  'reward-host': ['contracts', 'reasoning', 'reward-sdk'],
  models: ['contracts', 'reasoning', 'video', 'native'],
  'model-pool': ['contracts', 'models', 'reasoning', 'storage', 'video'],
  synthetic: ['contracts', 'video'],
  plugin: ['reward-sdk'],
  dataset: [
    'contracts',
    'messaging',
    'service',
    'storage',
    'video',
    'models',
    'model-pool',
    'reasoning',
    'reflection-data',
  ],
  tensorboard: [],
  runs: ['contracts', 'page', 'storage'],
  training: [
    ...['contracts', 'messaging', 'service', 'storage', 'native', 'models', 'reasoning', 'reflection-data'],
    ...['tensorboard', 'video'],
  ],
  reward: ['contracts', 'messaging', 'service', 'storage', 'reasoning', 'reward-sdk', 'reward-host'],
  evaluation: [
    ...[
      'contracts',
      'messaging',
      'service',
      'storage',
      'judge',
      'metrics',
      'native',
      'models',
      'model-pool',
      'reasoning',
    ],
    ...['evaluation-report', 'video'],
  ],
  cli: [
    ...[
      'contracts',
      'messaging',
      'storage',
      'machine',
      'metrics',
      'models',
      'native',
      'reasoning',
      'reflection-data',
      'runs',
      'synthetic',
    ],
    ...['evaluation-client', 'evaluation-report', 'reward-sdk', 'reward-host'],
  ],
  tools: ANY,
  tests: ANY,
};

/**
 * @typedef {object} Package
 * @property {string} dir relative to the root, with `/`
 * @property {string | null} name npm name; null where the folder is no package (`tools/setup`)
 * @property {string} room key of ROOMS
 */

/** Folders whose children are packages; `native` is one itself. */
export const PARENTS = ['apps', 'libs', 'plugins', 'tools'];

/**
 * Finds every package and the room it is in.
 *
 * @param {string} root
 * @param {Record<string, readonly string[] | typeof ANY>} [rooms]
 * @returns {Package[]}
 * @throws Error naming each package that has no room, so that a new one cannot slip past the rule
 */
export function findPackages(root, rooms = ROOMS) {
  const dirs = PARENTS.flatMap((parent) => {
    if (!existsSync(join(root, parent))) return [];
    return readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}`)
      .filter((dir) => parent === 'tools' || !isLeftover(join(root, dir)));
  });
  if (existsSync(join(root, 'native'))) dirs.push('native');

  /** @type {string[]} */
  const problems = [];
  const packages = dirs.flatMap((dir) => {
    const { name, room } = readManifest(root, dir);
    if (room !== null && Object.hasOwn(rooms, room)) return [{ dir, name, room }];
    problems.push(
      room === null
        ? `${dir}: expected a tag "room:<name>" under nx.tags in its package.json, received none`
        : `${dir}: expected one of the rooms ${Object.keys(rooms).join(', ')}, received "${room}"`,
    );
    return [];
  });
  if (problems.length > 0)
    throw new Error(`the rule between rooms (tools/lint/rooms.mjs):\n  ${problems.join('\n  ')}`);
  return [...packages, { dir: 'tests', name: null, room: 'tests' }];
}

/**
 * Git leaves ignored build output behind where another branch had a package.
 *
 * @param {string} dir
 */
function isLeftover(dir) {
  return !existsSync(join(dir, 'package.json')) && !existsSync(join(dir, 'src'));
}

/**
 * @param {string} root
 * @param {string} dir
 * @returns {{name: string | null, room: string | null}}
 */
function readManifest(root, dir) {
  const file = join(root, dir, 'package.json');
  if (!existsSync(file)) return { name: null, room: dir.startsWith('tools/') ? 'tools' : null };
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const tag = manifest.nx?.tags?.find((/** @type {string} */ each) => each.startsWith('room:'));
  return { name: manifest.name, room: tag === undefined ? null : tag.slice('room:'.length) };
}
