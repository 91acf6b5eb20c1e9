import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildInfoFiles, projectDirs } from '../../../../libs/machine/src/index.mjs';
import { hashInputs, Stamp } from '../stamp.mjs';

/** @type {import('../set-up.mjs').Step} */
export const typescriptBuild = {
  title: 'tsc -b',
  needs: [],
  isDone: ({ root }) => stamp(root).read() === inputsOf(root) && buildInfoFiles(root).every((file) => existsSync(file)),
  make: async ({ root, run }) => {
    stamp(root).clear();
    const made = inputsOf(root);
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
    stamp(root).write(made);
  },
};

/** @param {string} root */
function stamp(root) {
  return new Stamp(join(root, '.srvau/setup/typescript.inputs'));
}

/** @param {string} root */
function inputsOf(root) {
  const projects = projectDirs(root).map((dir) => relative(root, dir));
  const shared = ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json'];
  return hashInputs(
    root,
    [...shared, ...projects],
    (path) => /\.([cm]?ts|tsx|json)$/.test(path) && !path.endsWith('.spec.ts'),
  );
}
