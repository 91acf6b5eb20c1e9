import { runChild } from '../test/child';

// What a whole process does, so each has one of its own.
describe('a process', () => {
  it('ends at once and cleanly while calls compute and wait', async () => {
    const { code, signal, stderr } = await runChild('child-exits.ts');
    expect({ code, signal, stderr }).toEqual({ code: 7, signal: null, stderr: '' });
  });

  it('outlives a worker thread that is terminated while it computes', async () => {
    const { code, signal, stdout, stderr } = await runChild('child-worker.ts');
    expect({ code, signal, stdout, stderr }).toEqual({ code: 0, signal: null, stdout: '3', stderr: '' });
  });

  it('gives memory back: 500 rounds of making, generating, training and disposing', async () => {
    const { code, stdout, stderr } = await runChild('child-memory.ts', ['--expose-gc'], {
      // Operators this small gain nothing from several threads, which on a busy machine wait for each other.
      SRVAU_NATIVE_THREADS: '1',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const resident = JSON.parse(stdout) as number[];
    // The first rounds fill caches and the allocator's pools.
    const [settled = NaN] = resident.slice(1);
    expect(resident.at(-1)).toBeLessThan(settled * 1.05);
  });

  it('says what is wrong with a setting in its environment', async () => {
    const { code, stderr } = await runChild('child-exits.ts', [], { SRVAU_NATIVE_THREADS: 'many' });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Expected integer from 1 to 1024 for environment variable SRVAU_NATIVE_THREADS but received "many"',
    );
  });
});
