import { type Lane, Limiter } from './limiter';

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Work of both lanes that is let in one by one; `order` says who has been. */
class Line {
  readonly order: string[] = [];
  private readonly ends: (() => void)[] = [];

  constructor(private readonly limiter: Limiter) {}

  add(name: string, lane: Lane, signal?: AbortSignal): Promise<void> {
    const work = (): Promise<void> => {
      this.order.push(name);
      return new Promise((done) => this.ends.push(done));
    };
    return this.limiter.run(work, { lane, ...(signal === undefined ? {} : { signal }) });
  }

  async endNext(): Promise<void> {
    this.ends.shift()?.();
    await turn();
  }
}

describe('Limiter', () => {
  it('lets so many work at once, each lane in the order in which it came, short work first', async () => {
    const line = new Line(new Limiter(2));
    const all = [
      line.add('l1', 'long'),
      line.add('l2', 'long'),
      line.add('l3', 'long'),
      line.add('s1', 'short'),
      line.add('s2', 'short'),
      line.add('l4', 'long'),
    ];
    await turn();
    expect(line.order).toEqual(['l1', 'l2']);
    for (let i = 0; i < 6; i += 1) await line.endNext();
    await Promise.all(all);
    expect(line.order).toEqual(['l1', 'l2', 's1', 's2', 'l3', 'l4']);
  });

  it('gives long work every fifth place, however much short work there is', async () => {
    const line = new Line(new Limiter(1));
    const names = Array.from({ length: 12 }, (_, i) => `s${i}`);
    const all = [line.add('first', 'long'), line.add('l1', 'long'), line.add('l2', 'long')];
    all.push(...names.map((name) => line.add(name, 'short')));
    await turn();
    for (let i = 0; i < 15; i += 1) await line.endNext();
    await Promise.all(all);
    expect(line.order.indexOf('l1')).toBe(5);
    expect(line.order.indexOf('l2')).toBe(10);
  });

  it('keeps places for short work alone', async () => {
    const line = new Line(new Limiter(1, 1));
    const all = [line.add('l1', 'long'), line.add('s1', 'short'), line.add('s2', 'short'), line.add('l2', 'long')];
    await turn();
    expect(line.order).toEqual(['l1', 's1']);
    for (let i = 0; i < 4; i += 1) await line.endNext();
    await Promise.all(all);
    expect(line.order).toEqual(['l1', 's1', 's2', 'l2']);
  });

  it('lets go of whoever is told to stop while it waits, and loses no place', async () => {
    const line = new Line(new Limiter(1));
    const leaving = new AbortController();
    const first = line.add('first', 'long');
    const gone = line.add('gone', 'short', leaving.signal);
    const next = line.add('next', 'short');
    leaving.abort(new Error('enough'));
    await expect(gone).rejects.toThrow('enough');
    await expect(line.add('late', 'short', leaving.signal)).rejects.toThrow('enough');
    await line.endNext();
    await line.endNext();
    await Promise.all([first, next]);
    expect(line.order).toEqual(['first', 'next']);
  });
});
