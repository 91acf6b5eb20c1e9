import { readableLog } from './log-line';

describe('readableLog', () => {
  it("shows pino's JSON as a line", () => {
    const line = JSON.stringify({
      ...{
        level: 40,
        time: Date.UTC(2026, 0, 2, 3, 4, 5),
        pid: 1,
        hostname: 'h',
        service: 'dataset',
        version: '0.1.0',
      },
      ...{
        msg: 'job attempt failed',
        jobId: 'abc',
        attempt: 2,
        err: { type: 'Error', message: 'no disk', stack: 'x' },
      },
    });
    expect(readableLog(line)).toBe('03:04:05 warn job attempt failed jobId=abc attempt=2 err="no disk"');
  });

  it('takes times and levels as text too, and leaves out what is not there', () => {
    expect(readableLog('{"level":"info","time":"2026-01-02T03:04:05.000Z","msg":"up"}')).toBe('03:04:05 info up');
    expect(readableLog('{"msg":"up","time":"soon"}')).toBe('up');
  });

  it('leaves everything else as it is, without control characters', () => {
    expect(readableLog('plain \u001b[31mtext')).toBe('plain \\x1b[31mtext');
    expect(readableLog('{"msg": cut off')).toBe('{"msg": cut off');
    expect(readableLog('')).toBe('');
  });
});
