import { openRewardPlugin } from '@srvau/reward-sdk';
import plugin from '.';
import { brevity } from './brevity';

describe('brevity (f_len)', () => {
  it.each([
    [40, 40, 50, 1, 1],
    [50, 40, 50, 1, Math.exp(-1)],
    [30, 40, 50, 1, Math.exp(-1)],
    [45, 40, 50, 1, Math.exp(-0.5)],
    [45, 40, 50, 2, Math.exp(-0.25)],
    [0, 40, 50, 1, Math.exp(-4)],
    [1e9, 40, 50, 1, 0],
    [0, 0, 0, 1, 0],
    [10, 0, 0, 2, 0],
  ] as const)('L = %p, target %p, maximum %p, exponent %p: %p', (length, target, max, exponent, expected) => {
    expect(brevity(length, target, max, exponent)).toBeCloseTo(expected, 12);
  });
});

describe('options that do not go together', () => {
  it.each([
    [{ targetTokens: 100 }, 'maxTokens: expected a number, as targetTokens is given, received nothing'],
    [{ maxTokens: 100 }, 'targetTokens: expected a number, as maxTokens is given, received nothing'],
    [
      { targetTokens: 100, maxTokens: 100 },
      'maxTokens: expected a number above targetTokens (100), received 100 (number)',
    ],
    [{ targetRatio: 3 }, 'maxRatio: expected a number above targetRatio (3), received 2.5 (number)'],
  ])('refuses %j', async (options, message) => {
    await expect(openRewardPlugin(plugin, { options })).rejects.toThrow(message);
    await expect(openRewardPlugin(plugin, { options })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('range', () => {
  it('follows the options, with 0 for rollouts without both answers', async () => {
    const range = async (options: object): Promise<unknown> => (await openRewardPlugin(plugin, { options })).range;
    expect(await range({})).toEqual({ min: -0.25, max: 0.85 });
    const raised = { rightToWrongScore: 1, wrongToWrongScore: 2, wrongToRightScore: 4, rightToRightScore: 3 };
    expect(await range({ ...raised, reflectionScore: 0, lengthWeight: 0 })).toEqual({ min: 0, max: 4 });
  });
});
