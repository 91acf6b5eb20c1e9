import { SrvauError } from '@srvau/contracts';
import { createColors } from 'picocolors';
import { CliError } from '../exit';
import { Interrupted } from '../interrupts';
import { errorJson, errorText } from './error';

const plain = createColors(false);
const detail = (field: string): { field: string; expected: string; received: string } => ({
  field,
  expected: 'a number',
  received: '"x" (string)',
});

describe('errorText', () => {
  it('is one line for one fault', () => {
    const error = new SrvauError('INVALID_REQUEST', 'request: fps: expected a number, received "x" (string)', {
      details: [detail('fps')],
    });
    expect(errorText(error, plain, false)).toBe('error: request: fps: expected a number, received "x" (string)');
  });

  it('gives several faults a line each, once', () => {
    const details = [detail('fps'), detail('limit')];
    const lines = details.map((d) => `${d.field}: expected ${d.expected}, received ${d.received}`);
    const error = new SrvauError('INVALID_REQUEST', `request: ${lines.join('; ')}`, { details });
    expect(errorText(error, plain, false).split('\n')).toEqual([
      'error: request:',
      '  • fps: expected a number, received "x" (string)',
      '  • limit: expected a number, received "x" (string)',
    ]);
  });

  it('counts the faults where the message begins with the first field', () => {
    const details = [detail('rollouts[0].id'), detail('rollouts[0].task')];
    const lines = details.map((d) => `${d.field}: expected ${d.expected}, received ${d.received}`);
    const error = new SrvauError('INVALID_REQUEST', lines.join('; '), { details });
    expect(errorText(error, plain, false).split('\n')).toEqual([
      'error: 2 fields are wrong:',
      '  • rollouts[0].id: expected a number, received "x" (string)',
      '  • rollouts[0].task: expected a number, received "x" (string)',
    ]);
  });

  it('adds details that the message does not hold', () => {
    const error = new CliError(1, 'UNPROCESSABLE', 'job a failed: annotations cannot be read', {
      details: [detail('row 3, column "Start Time"')],
    });
    expect(errorText(error, plain, false).split('\n')).toEqual([
      'error: job a failed: annotations cannot be read',
      '  • row 3, column "Start Time": expected a number, received "x" (string)',
    ]);
  });

  it('shows no stack, unless asked to', () => {
    const error = new SrvauError('INTERNAL', 'broken', { cause: new Error('the cause') });
    expect(errorText(error, plain, false)).toBe('error: broken');
    expect(errorText(error, plain, true)).toMatch(/SrvauError: broken\n\s+at .*[^]*Error: the cause\n\s+at /);
  });

  it('shows what is no error at all, and no control characters', () => {
    expect(errorText('\u001b[31mx', plain, false)).toBe('error: \\x1b[31mx');
  });
});

it('does not call an interruption an error', () => {
  expect(errorText(new Interrupted(130, 'stopped by SIGINT'), plain, false)).toBe('stopped by SIGINT');
});

describe('errorJson', () => {
  it('is the form of errors on the wire', () => {
    const error = new SrvauError('NOT_FOUND', 'no job', { details: [detail('jobId')] });
    expect(errorJson(error)).toEqual({ error: { code: 'NOT_FOUND', message: 'no job', details: [detail('jobId')] } });
    expect(errorJson(new TypeError('oops'))).toEqual({ error: { code: 'INTERNAL', message: 'oops' } });
    expect(errorJson(new CliError(2, 'INVALID_REQUEST', 'usage'))).toEqual({
      error: { code: 'INVALID_REQUEST', message: 'usage' },
    });
  });
});
