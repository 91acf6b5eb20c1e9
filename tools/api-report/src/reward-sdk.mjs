import { join } from 'node:path';
import { apiReport } from './api-report.mjs';

/** Where the report of the reward SDK lies, relative to the root. */
export const REWARD_SDK_REPORT = 'libs/reward-sdk/api.md';

/** @param {string} root */
export function rewardSdkReport(root) {
  const source = join(root, 'libs/reward-sdk/src');
  return apiReport(root, '@srvau/reward-sdk', [
    { name: '@srvau/reward-sdk', source: join(source, 'index.ts') },
    { name: '@srvau/reward-sdk/testing', source: join(source, 'testing/index.ts') },
  ]);
}
