// Runs $SCRIPT on TypeScript sources: a spec needs no build, so its child processes must not need one either.
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { transformSync } from '@swc/core';

const src = new URL('../src/index.ts', import.meta.url).pathname;
const contracts = new URL('../../contracts/src/index.ts', import.meta.url).pathname;
const options = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
  },
  module: { type: 'commonjs' },
};

Module._extensions['.ts'] = (module, filename) =>
  module._compile(transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) =>
  request === '@srvau/contracts' ? contracts : resolve.call(Module, request, ...rest);

new Function('require', process.env.SCRIPT)(createRequire(src));
