import { ERROR_STATUS, type ErrorCode, SrvauError } from '@srvau/contracts';
import { CliError, EXIT, EXIT_CODE_HELP, exitCodeOf, usageError } from './exit';
import { Interrupted } from './interrupts';

describe('exitCodeOf', () => {
  const expected: Record<ErrorCode, number> = {
    INVALID_JSON: 2,
    INVALID_REQUEST: 2,
    PAYLOAD_TOO_LARGE: 2,
    FORBIDDEN: 1,
    NOT_FOUND: 1,
    CONFLICT: 1,
    UNPROCESSABLE: 1,
    CANCELLED: 1,
    BUSY: 69,
    UNAVAILABLE: 69,
    DEADLINE_EXCEEDED: 69,
    INTERNAL: 70,
  };

  it.each(Object.keys(ERROR_STATUS) as ErrorCode[])('gives %s its documented exit code', (code) => {
    expect(exitCodeOf(new SrvauError(code, 'x'))).toBe(expected[code]);
  });

  it('takes the code that an error of the command brings itself', () => {
    expect(exitCodeOf(usageError('x'))).toBe(EXIT.usage);
    expect(exitCodeOf(new CliError(EXIT.configuration, 'INVALID_REQUEST', 'x'))).toBe(78);
    expect(exitCodeOf(new Interrupted(EXIT.terminated, 'x'))).toBe(143);
  });

  it('calls everything else a fault of ours', () => {
    expect(exitCodeOf(new TypeError('x is not a function'))).toBe(70);
    expect(exitCodeOf('a string')).toBe(70);
    expect(exitCodeOf(undefined)).toBe(70);
    // Node's own errors carry codes too.
    expect(exitCodeOf(Object.assign(new Error('x'), { code: 'BUSY' }))).toBe(70);
  });

  it('documents every exit code there is', () => {
    expect(EXIT_CODE_HELP.map(([code]) => code)).toEqual(Object.values(EXIT));
  });
});
