import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportOf } from './src/reports.mjs';

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, report: { type: 'string' } },
  allowPositionals: true,
});
const [name] = positionals;
const { file: committed, text } = reportOf(join(import.meta.dirname, '../..'), name);
const file = values.report ?? committed;

if (values.check !== true) {
  writeFileSync(file, text);
  console.log(`${file} written`);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${file}: expected the API as it is now, received another one; run npm run api -w ${name}`);
  process.exitCode = 1;
}
