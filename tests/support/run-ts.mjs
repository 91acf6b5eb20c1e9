// Runs a TypeScript file in a child process straight from the sources, as jest does for specs: no build is needed.
// Usage: node run-ts.mjs FILE.ts [ARGUMENT …]
import Module, { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { transformFileSync } from '@swc/core';

const require = createRequire(import.meta.url);
const libs = resolve(import.meta.dirname, '../../libs');
const jsc = {
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
  target: 'es2022',
};

require.extensions['.ts'] = (module, file) => {
  module._compile(
    transformFileSync(file, { swcrc: false, jsc, module: { type: 'commonjs', ignoreDynamic: true } }).code,
    file,
  );
};

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) =>
  resolveFilename(
    request.replace(/^@srvau\/([\w-]+)(\/testing)?$/, (_, room, part = '') => `${libs}/${room}/src${part}/index.ts`),
    ...rest,
  );

require(resolve(process.argv[2]));
