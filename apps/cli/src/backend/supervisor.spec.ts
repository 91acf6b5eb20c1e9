import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, EXIT } from '../exit';
import { LogFile } from './log-file';
import { restartDelayMs, type SupervisorEvent, ServiceSupervisor } from './supervisor';

let dir: string;
let supervisor: ServiceSupervisor | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-supervisor-'));
  supervisor = undefined;
});
afterEach(async () => {
  await supervisor?.stop();
  await rm(dir, { recursive: true });
});

/** Runs a small program in place of a service. */
async function supervise(source: string, maxRestarts = 2): Promise<{ events: SupervisorEvent[]; log: LogFile }> {
  const program = join(dir, 'program.mjs');
  await writeFile(program, source);
  const events: SupervisorEvent[] = [];
  const log = new LogFile(join(dir, 'reward.log'));
  supervisor = await ServiceSupervisor.start({
    ...{ service: 'reward', program, env: { ...process.env, DIR: dir }, log, maxRestarts },
    onEvent: (event) => events.push(event),
  });
  return { events, log };
}

const READY = "process.send({ type: 'ready', httpPort: 4321 }); process.on('disconnect', () => process.exit(0));";
const WELL = `process.on('SIGTERM', () => { console.log('drained'); process.exit(0); }); ${READY}`;

describe('ServiceSupervisor', () => {
  it('starts, knows the port, and lets the service drain at the end', async () => {
    const { events, log } = await supervise(WELL);
    expect(supervisor?.httpPort).toBe(4321);
    expect(events).toEqual([{ type: 'started', service: 'reward', pid: supervisor?.pid, httpPort: 4321, restarts: 0 }]);
    await supervisor?.stop();
    expect(log.tail).toEqual(['drained']);
    expect(() => process.kill(supervisor?.pid ?? 0, 0)).toThrow('ESRCH');
  });

  it('starts a service again that dies, until it dies too often', async () => {
    const { events } = await supervise(`${READY} console.log('my last words'); setTimeout(() => process.exit(3), 20);`);
    await expect(supervisor?.gaveUp).rejects.toMatchObject({
      exitCode: EXIT.unavailable,
      message: expect.stringMatching(
        /^the reward service ended 3 times in a row, the last time with exit code 3; its log .*\n.*my last words/,
      ),
    });
    expect(events.map(({ type }) => type)).toEqual(['started', 'ended', 'started', 'ended', 'started']);
    expect(events.filter(({ type }) => type === 'ended')).toEqual([
      { type: 'ended', service: 'reward', how: 'exit code 3', restartInMs: restartDelayMs(1) },
      { type: 'ended', service: 'reward', how: 'exit code 3', restartInMs: restartDelayMs(2) },
    ]);
  });

  it('counts a restart that fails as a death', async () => {
    const once = "import { existsSync, writeFileSync } from 'node:fs'; const mark = `${process.env.DIR}/mark`;";
    const { events } = await supervise(
      `${once} if (existsSync(mark)) process.exit(4); writeFileSync(mark, ''); ${READY} setTimeout(() => process.exit(3), 20);`,
    );
    await expect(supervisor?.gaveUp).rejects.toThrow(/ended 3 times in a row, the last time with exit code 4/);
    expect(events.map((event) => (event.type === 'ended' ? event.how : 'started'))).toEqual([
      'started',
      'exit code 3',
      'exit code 4',
    ]);
  });

  it('does not start with a wrong configuration, and shows what the service said', async () => {
    const failed = supervise("console.error('SRVAU_HTTP_PORT: expected a number'); process.exitCode = 78;");
    await expect(failed).rejects.toBeInstanceOf(CliError);
    await expect(failed).rejects.toMatchObject({
      exitCode: EXIT.configuration,
      message: expect.stringMatching(
        /did not start: exit code 78; its log .* ends:\n {2}reward \| SRVAU_HTTP_PORT: expected/,
      ),
    });
  });
});

describe('restartDelayMs', () => {
  it('doubles, up to a bound', () => {
    expect([1, 2, 3, 4].map(restartDelayMs)).toEqual([250, 500, 1000, 2000]);
    expect(restartDelayMs(60)).toBe(15_000);
  });
});
