// Runs a TypeScript file in a child process straight from the sources, as jest does for specs: no build is needed.
// Usage: node run-ts.mjs FILE.ts [ARGUMENT …]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(import.meta.url);
const root = resolve(import.meta.dirname, '../..');
const jsc = {
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
  target: 'es2022',
};
const options = { swcrc: false, jsc, module: { type: 'commonjs', ignoreDynamic: true } };

// Kept between runs: to compile takes longer than most of these programs, and hundreds of MB of memory.
const cache = join(root, 'node_modules/.cache/srvau-run-ts');
const compiler = JSON.stringify([require('@swc/core/package.json').version, options]);

function compiled(file) {
  const source = readFileSync(file, 'utf8');
  const hash = createHash('sha256').update(`${compiler}\n${file}\n${source}`).digest('hex');
  const kept = join(cache, `${hash}.js`);
  try {
    return readFileSync(kept, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const { code } = require('@swc/core').transformSync(source, { ...options, filename: file });
  mkdirSync(cache, { recursive: true });
  // Renamed into place: others run at the same time.
  const part = `${kept}.${process.pid}`;
  writeFileSync(part, code);
  renameSync(part, kept);
  return code;
}

require.extensions['.ts'] = (module, file) => module._compile(compiled(file), file);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) =>
  resolveFilename(
    request.replace(
      /^@srvau\/([\w-]+)(\/testing)?$/,
      (_, room, part = '') => `${root}/${room === 'native' ? 'native/js' : `libs/${room}`}/src${part}/index.ts`,
    ),
    ...rest,
  );

require(resolve(process.argv[2]));
