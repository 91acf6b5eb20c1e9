import { nativeOptions, WORKS } from './options';

describe('options of the native bench', () => {
  it('have defaults', () => {
    expect(nativeOptions({})).toMatchObject({ hidden: [128, 256], only: WORKS });
    expect(nativeOptions({}).threads).toBeGreaterThanOrEqual(1);
  });

  it('are lists and numbers', () => {
    const options = nativeOptions({ hidden: '64,512', only: 'sft,memory', threads: '3' });
    expect(options).toEqual({ hidden: [64, 512], only: ['sft', 'memory'], threads: 3 });
  });

  it.each([
    [{ hidden: '100' }, '--hidden: expected multiples of 64, received 100'],
    [{ hidden: '' }, '--hidden: expected multiples of 64, received '],
    [{ only: 'sft,dpo' }, '--only: expected some of generate,grpo,sft,memory,ceiling, received dpo'],
    [{ threads: '0' }, '--threads: expected an integer from 1, received 0'],
    [{ threads: '1.5' }, '--threads: expected an integer from 1, received 1.5'],
  ])('refuse %j', (given, message) => expect(() => nativeOptions(given)).toThrow(message));
});
