import { SrvauError } from '@srvau/contracts';
import { Turn } from './turn';

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function gate(): { work: () => Promise<string>; open: (value: string) => void; fail: (error: Error) => void } {
  let open: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((resolve, reject) => ([open, fail] = [resolve, reject]));
  return { work: () => promise, open, fail };
}

describe('Turn', () => {
  it('lets one work after the other, in their order, also after one that fails', async () => {
    const turn = new Turn();
    const order: string[] = [];
    const gates = [gate(), gate(), gate()];
    const results = gates.map(({ work }, i) =>
      turn.take(never, () => {
        order.push(`${i} begins`);
        return work().finally(() => order.push(`${i} ends`));
      }),
    );
    const settled = Promise.allSettled(results);
    gates[2]?.open('c');
    gates[1]?.fail(new Error('broken'));
    gates[0]?.open('a');
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual(['0 begins', '0 ends', '1 begins', '1 ends', '2 begins', '2 ends']);
  });

  it('gives up a turn that has not come when it is told to, and no other', async () => {
    const turn = new Turn();
    const first = gate();
    const begun = turn.take(never, first.work);
    const stopper = new AbortController();
    const second = turn.take(stopper.signal, () => Promise.resolve('second'));
    const third = turn.take(never, () => Promise.resolve('third'));
    stopper.abort(new SrvauError('CANCELLED', 'enough'));
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED', message: 'enough' });
    let isThird = false;
    void third.then(() => (isThird = true));
    await new Promise((done) => setImmediate(done));
    expect(isThird).toBe(false);
    first.open('first');
    expect(await Promise.all([begun, third])).toEqual(['first', 'third']);
  });
});
