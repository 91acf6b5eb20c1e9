import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SftRequest } from '@srvau/contracts';
import type { FromRank, ToRank } from '../launch/protocol';

const RUNNER = join(__dirname, '../../../../tests/support/run-ts.mjs');

it('tells its parent of a configuration that cannot be used, which no further attempt would mend', async () => {
  const child = fork(RUNNER, [join(__dirname, 'main.ts')], {
    serialization: 'advanced',
    env: { ...process.env, SRVAU_TRAINING_RANK_TIMEOUT_MS: 'soon' },
  });
  const said: FromRank[] = [];
  child.on('message', (message) => said.push(message as FromRank));
  const paths = { model: 'file:///m', data: 'file:///d', out: 'file:///o' };
  const spec = { kind: 'sft', request: Object.assign(new SftRequest(), paths), lockWaitMs: 0 } as const;
  const start: ToRank = { type: 'start', spec, rank: 0, worldSize: 1, port: 0 };
  child.send(start);
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said).toMatchObject([
    {
      ...{ type: 'failed', byOthers: false },
      error: { code: 'INVALID_REQUEST', message: expect.stringContaining('SRVAU_TRAINING_RANK_TIMEOUT_MS') as string },
    },
  ]);
});
