import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { REWARD_SDK_REPORT, rewardSdkReport } from './src/reward-sdk.mjs';

const { values } = parseArgs({ options: { check: { type: 'boolean' }, report: { type: 'string' } } });
const root = join(import.meta.dirname, '../..');
const file = values.report ?? join(root, REWARD_SDK_REPORT);
const report = rewardSdkReport(root);

if (values.check !== true) {
  writeFileSync(file, report);
  console.log(`${file} written`);
} else if (readFileSync(file, 'utf8') !== report) {
  console.error(`${file}: expected the API as it is now, received another one; run npm run api -w @srvau/reward-sdk`);
  process.exitCode = 1;
}
