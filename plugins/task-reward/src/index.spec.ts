import { join } from 'node:path';
import { describeRewardPlugin } from '@srvau/reward-sdk/testing';
import plugin from '.';

describeRewardPlugin(plugin, { golden: join(__dirname, '../golden.json') });

describe('against an independent implementation (tools/oracle/rewards.py)', () => {
  describeRewardPlugin(plugin, { golden: join(__dirname, '../../../tests/reference/rewards/task.json') });
});
