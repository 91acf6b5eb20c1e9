import { median } from '../statistics';
import { type Answer } from './answer';
import { takeTurns } from './turns';

const answer = (name: string, ...all: number[]): Answer => ({
  runs: [{ name, seconds: { median: median(all), all } }],
  peak_rss_bytes: all.length,
});

describe('taking turns', () => {
  it('runs ours, peer, ours, peer and pools their times', async () => {
    const order: string[] = [];
    const ours = [answer('step', 1, 9), answer('step', 3)];
    const peer = [answer('dynamic', 4, 4), { ...answer('static', 2), versions: { torch: '2.13.0' } }];
    const sides = await takeTurns({
      ours: () => Promise.resolve(ours.shift() ?? answer('none', 0)),
      peer: () => Promise.resolve(peer.shift() ?? answer('none', 0)),
      rounds: 2,
      tell: (who, round) => order.push(`${who} ${round}`),
    });
    expect(order).toEqual(['ours 1', 'peer 1', 'ours 2', 'peer 2']);
    expect(sides.ours.seconds('step')).toBe(3);
    expect(sides.ours.peakBytes()).toBe(2);
    expect(sides.peer?.fastest()).toEqual({ name: 'static', seconds: 2 });
    expect(() => sides.ours.seconds('score')).toThrow('expected a run named score');
  });

  it('shows what else the machine did', async () => {
    const rounds = [answer('step', 1, 1.1, 1.2), answer('step', 3.3, 3.3, 9)];
    const sides = await takeTurns({
      ours: () => Promise.resolve(rounds.shift() ?? answer('none', 0)),
      peer: undefined,
      rounds: 2,
      tell: () => undefined,
    });
    expect(sides.ours.unrest()).toBeCloseTo(3);
  });

  it('runs ours alone where there is no peer', async () => {
    const sides = await takeTurns({
      ours: () => Promise.resolve(answer('step', 1)),
      peer: undefined,
      rounds: 2,
      tell: () => undefined,
    });
    expect(sides.ours.answers).toHaveLength(2);
    expect(sides).not.toHaveProperty('peer');
  });
});
