import { lostOutput } from './lost-output';

const failure = (code: string, message: string): NodeJS.ErrnoException => Object.assign(new Error(message), { code });

describe('lostOutput', () => {
  it('takes a broken pipe for a reader that has what it wanted', () => {
    expect(lostOutput(failure('EPIPE', 'write EPIPE'))).toMatchObject({ exitCode: 141, code: 'CANCELLED' });
  });

  it('says why anything else was not written, with an exit code of its own', () => {
    const full = lostOutput(failure('ENOSPC', 'ENOSPC: no space left on device, write'));
    expect(full.exitCode).toBe(74);
    expect(full.message).toContain('received ENOSPC: no space left on device, write; make room there');
    expect(lostOutput(failure('EIO', 'EIO: i/o error, write'))).toMatchObject({ exitCode: 74 });
  });
});
