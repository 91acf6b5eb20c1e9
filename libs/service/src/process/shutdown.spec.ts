import { silentLog } from '@srvau/contracts';
import { EXIT } from '../exit-codes';
import { Shutdown } from './shutdown';

function make(deadlineMs = 60_000) {
  let exit: (code: number) => void = () => undefined;
  const exited = new Promise<number>((done) => (exit = done));
  return { shutdown: new Shutdown({ log: silentLog, deadlineMs, exit }), exited };
}

describe('Shutdown', () => {
  it('runs the steps one after another, the last one added first', async () => {
    const { shutdown, exited } = make();
    const order: string[] = [];
    const step = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise((done) => setImmediate(done));
      order.push(`${name} ends`);
    };
    shutdown.add('first', step('first'));
    shutdown.add('second', step('second'));
    shutdown.begin('test', EXIT.ok);
    shutdown.begin('again', EXIT.ok);
    expect(await exited).toBe(EXIT.ok);
    expect(order).toEqual(['second begins', 'second ends', 'first begins', 'first ends']);
  });

  it('goes on after a step that fails, and says so by the exit code', async () => {
    const { shutdown, exited } = make();
    let reached = false;
    shutdown.add('first', () => void (reached = true));
    shutdown.add('second', () => Promise.reject(new Error('broken')));
    shutdown.begin('test', EXIT.ok);
    expect(await exited).toBe(EXIT.failure);
    expect(reached).toBe(true);
  });

  it('is bounded by the deadline', async () => {
    const { shutdown, exited } = make(20);
    shutdown.add('endless', () => new Promise(() => undefined));
    shutdown.begin('test', EXIT.ok);
    expect(await exited).toBe(EXIT.failure);
  });

  it('a fault while draining worsens the exit code', async () => {
    const { shutdown, exited } = make();
    shutdown.add('fault', () => shutdown.begin('an uncaught exception', EXIT.failure));
    shutdown.begin('signal', EXIT.ok);
    expect(await exited).toBe(EXIT.failure);
  });
});
