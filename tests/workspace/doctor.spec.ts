import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = join(__dirname, '../../tools/setup/run.mjs');

function setupCommand(
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): { status: number | null; stdout: string; stderr: string } {
  // Called from elsewhere: it must find its own root.
  return spawnSync(process.execPath, [run, ...args], { cwd: tmpdir(), env, encoding: 'utf8' });
}

interface Report {
  ok: boolean;
  checks: { name: string; ok: boolean; found: string; wanted: string; fix: string }[];
}

describe('npm run doctor', () => {
  it('prints its fixed form with --json, and exits with 0 or 1', () => {
    const { status, stdout } = setupCommand(['doctor', '--json']);
    const report = JSON.parse(stdout) as Report;
    expect(Object.keys(report)).toEqual(['ok', 'checks']);
    expect(status).toBe(report.ok ? 0 : 1);
    expect(report.checks.length).toBeGreaterThan(8);
    for (const check of report.checks) {
      expect(check).toEqual({
        name: expect.any(String),
        ok: expect.any(Boolean),
        found: expect.any(String),
        wanted: expect.any(String),
        fix: check.ok ? '' : expect.stringMatching(/\S/),
      });
    }
  });

  it('names what is missing in the table too', () => {
    const env = { ...process.env, SRVAU_NATS_SERVER: '/nowhere/nats-server' };
    const { status, stdout } = setupCommand(['doctor'], env);
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ nats-server +not found\n +wanted: nats-server 2\.9 or newer\n +fix: .*SRVAU_NATS_SERVER/);
  });
});

describe('the set-up command', () => {
  it('refuses a command it does not know', () => {
    const { status, stdout, stderr } = setupCommand(['strat']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('expected a command, received "strat"');
    expect(stderr).toContain('usage:');
  });

  it('stops before the job where the machine lacks something that it cannot provide', () => {
    const { status, stdout, stderr } = setupCommand(['start'], { ...process.env, SRVAU_FFMPEG: '/nowhere/ffmpeg' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/ffmpeg: expected ffmpeg 5\.0 or newer .*, received: not found/);
    expect(stderr).toMatch(/fix: .*SRVAU_FFMPEG/);
  });
});
