import { nativeOptions } from './options';

describe('options of the native bench', () => {
  it('have defaults', () => {
    expect(nativeOptions({})).toMatchObject({
      hidden: [128, 256],
      only: ['generate', 'grpo', 'sft', 'memory', 'ceiling'],
      device: 'cpu',
    });
    expect(nativeOptions({ device: 'cuda:0' }).only).toEqual(['generate', 'grpo', 'sft', 'ceiling', '3b']);
    expect(nativeOptions({}).threads).toBeGreaterThanOrEqual(1);
  });

  it('are lists and numbers', () => {
    const options = nativeOptions({ hidden: '64,512', only: 'sft,memory', threads: '3' });
    expect(options).toEqual({ hidden: [64, 512], only: ['sft', 'memory'], threads: 3, device: 'cpu' });
    expect(nativeOptions({ device: 'cuda:1', only: '3b' })).toMatchObject({ only: ['3b'], device: 'cuda:1' });
  });

  it.each([
    [{ hidden: '100' }, '--hidden: expected multiples of 64, received 100'],
    [{ hidden: '' }, '--hidden: expected multiples of 64, received '],
    [{ only: 'sft,dpo' }, '--only: expected some of generate,grpo,sft,memory,ceiling on cpu, received dpo'],
    [{ only: '3b' }, '--only: expected some of generate,grpo,sft,memory,ceiling on cpu, received 3b'],
    [{ device: 'gpu' }, '--device: expected cpu or cuda:N, received gpu'],
    [{ threads: '0' }, '--threads: expected an integer from 1, received 0'],
    [{ threads: '1.5' }, '--threads: expected an integer from 1, received 1.5'],
  ])('refuse %j', (given, message) => expect(() => nativeOptions(given)).toThrow(message));
});
