import { Limits, limitsFrom } from './limits';

it('reads limits from variables, and names those that are wrong', () => {
  expect(limitsFrom({})).toEqual(new Limits());
  expect(limitsFrom({ SRVAU_REWARD_PLUGIN_MB: '64', SRVAU_REWARD_PLUGIN_ENV: 'A_KEY, B' })).toEqual({
    ...{ memoryMb: 64, env: ['A_KEY', 'B'] },
  });
  expect(() => limitsFrom({ SRVAU_REWARD_PLUGIN_MB: '1' })).toThrow(/SRVAU_REWARD_PLUGIN_MB: expected/);
  expect(() => limitsFrom({ SRVAU_REWARD_PLUGIN_ENV: 'A=B' })).toThrow(/SRVAU_REWARD_PLUGIN_ENV: expected/);
});
