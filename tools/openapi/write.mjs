import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openApiParts } from './src/openapi-parts.mjs';

const repository = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: { check: { type: 'boolean' }, into: { type: 'string', default: repository } },
});

for (const [path, text] of await openApiParts(repository)) {
  const file = join(values.into, path);
  if (values.check !== true) {
    writeFileSync(file, text);
    console.log(`${file} written`);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file}: expected requests and replies as they are now; run npm run openapi -w @srvau/evaluation`);
    process.exitCode = 1;
  }
}
