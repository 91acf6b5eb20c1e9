import * as fc from 'fast-check';
import { VirtualClock } from '../../test/virtual-clock';
import { Gate, type GateLimits, type Pass } from './gate';

/** A gate, and who has been let in, in order. */
class Door {
  readonly clock = new VirtualClock();
  readonly gate: Gate;
  readonly admitted: number[] = [];
  readonly passes: Pass[] = [];
  #number = 0;

  constructor(limits: GateLimits) {
    this.gate = new Gate(limits, this.clock);
  }

  knock(tokens = 0, signal?: AbortSignal): Promise<void> {
    const number = this.#number++;
    return this.gate.enter(tokens, signal).then((pass) => {
      this.admitted.push(number);
      this.passes.push(pass);
    });
  }
}

const many = 1000;

describe('Gate', () => {
  it('lets in so many at a time, first come first served', async () => {
    const door = new Door({ concurrency: 2 });
    for (let i = 0; i < 4; i++) void door.knock();
    await door.clock.pass(0);
    expect(door.admitted).toEqual([0, 1]);
    expect(door.gate.load).toEqual({ inside: 2, waiting: 2 });
    door.passes[1]?.leave();
    door.passes[1]?.leave();
    await door.clock.pass(0);
    expect(door.admitted).toEqual([0, 1, 2]);
  });

  it('lets in so many a minute, evenly after the first', async () => {
    const door = new Door({ concurrency: many, requestsPerMinute: 60 });
    for (let i = 0; i < 200; i++) void door.knock();
    await door.clock.pass(0);
    expect(door.admitted).toHaveLength(60);
    await door.clock.pass(10_000);
    expect(door.admitted).toHaveLength(70);
    await door.clock.pass(60_000);
    expect(door.admitted).toHaveLength(130);
  });

  it('counts tokens as they were really used', async () => {
    const door = new Door({ concurrency: many, tokensPerMinute: 1000 });
    for (let i = 0; i < 5; i++) void door.knock(400);
    await door.clock.pass(0);
    expect(door.admitted).toEqual([0, 1]);
    // The first took less than expected, and so makes room; the second far more, which all others wait for.
    door.passes[0]?.leave(100);
    await door.clock.pass(0);
    expect(door.admitted).toEqual([0, 1, 2]);
    door.passes[1]?.leave(1400);
    await door.clock.pass(60_000);
    expect(door.admitted).toEqual([0, 1, 2]);
    // −900 at the start of the minute, so 100 now; 300 more are there after 18 s.
    await door.clock.pass(17_900);
    expect(door.admitted).toEqual([0, 1, 2]);
    await door.clock.pass(200);
    expect(door.admitted).toEqual([0, 1, 2, 3]);
  });

  it('lets a request in that is larger than the allowance, once that is full', async () => {
    const door = new Door({ concurrency: many, tokensPerMinute: 100 });
    void door.knock(5000);
    void door.knock(1);
    await door.clock.pass(0);
    expect(door.admitted).toEqual([0]);
    await door.clock.pass(49 * 60_000);
    expect(door.admitted).toEqual([0]);
    await door.clock.pass(60_000);
    expect(door.admitted).toEqual([0, 1]);
  });

  it('closes for a while, the longest that was asked for', async () => {
    const door = new Door({ concurrency: many });
    door.gate.close(5000);
    door.gate.close(1000);
    void door.knock();
    await door.clock.pass(4999);
    expect(door.admitted).toEqual([]);
    await door.clock.pass(1);
    expect(door.admitted).toEqual([0]);
  });

  it('forgets who leaves the line', async () => {
    const door = new Door({ concurrency: 1 });
    const controller = new AbortController();
    void door.knock();
    const left = door.knock(0, controller.signal);
    void door.knock();
    await door.clock.pass(0);
    controller.abort(new Error('changed my mind'));
    await expect(left).rejects.toThrow('changed my mind');
    door.passes[0]?.leave();
    await door.clock.pass(0);
    expect(door.admitted).toEqual([0, 2]);
    expect(() => door.knock(0, controller.signal)).toThrow('changed my mind');
  });

  it('never lets in more than it may, whoever comes when', async () => {
    const step = fc.record({ knocks: fc.nat(8), leaves: fc.nat(8), ms: fc.nat(20_000) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, concurrency) => {
          const perMinute = 12;
          const door = new Door({ concurrency, requestsPerMinute: perMinute });
          let left = 0;
          let ms = 0;
          for (const { knocks, leaves, ms: passed } of steps) {
            for (let i = 0; i < knocks; i++) void door.knock();
            for (let i = 0; i < leaves && left < door.passes.length; i++) door.passes[left++]?.leave();
            await door.clock.pass(passed);
            ms += passed;
            expect(door.admitted.length - left).toBeLessThanOrEqual(concurrency);
            expect(door.admitted.length).toBeLessThanOrEqual(perMinute + (ms / 60_000) * perMinute + 1e-3);
            expect(door.admitted).toEqual([...door.admitted].sort((a, b) => a - b));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
