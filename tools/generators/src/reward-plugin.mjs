// Plain JavaScript: nx loads a generator as it stands, before anything is built.
import { createRequire } from 'node:module';

/**
 * `nx g @srvau/tools:reward-plugin <id>`: what `srvau plugin new <id>` writes, through nx, so that --dry-run works.
 *
 * @param {{exists(path: string): boolean, read(path: string, encoding: 'utf8'): string | null, write(path: string, text: string): void}} tree
 *   nx's Tree: the workspace with changes that are not written yet
 * @param {{id: string}} options
 */
export default function rewardPlugin(tree, { id }) {
  const { pluginTemplate, withReference } = loadHost();
  const { folder, files } = pluginTemplate(id, 'workspace');
  const dir = `plugins/${folder}`;
  if (tree.exists(dir)) throw new Error(`folder of the new plugin: expected one that is new, received ${dir}`);
  for (const [path, text] of Object.entries(files)) tree.write(`${dir}/${path}`, text);
  const config = tree.read('tsconfig.json', 'utf8');
  if (config !== null) tree.write('tsconfig.json', withReference(config, dir));
  return () => {
    process.stdout.write(`\nNext:\n  npm install\n  npx tsc -b ${dir}\n  npx srvau plugin test ${dir}\n`);
  };
}

/** @returns {typeof import('@srvau/reward-host')} */
function loadHost() {
  try {
    return createRequire(import.meta.url)('@srvau/reward-host');
  } catch (cause) {
    throw new Error('the workspace is not built yet: npm run setup', { cause });
  }
}
