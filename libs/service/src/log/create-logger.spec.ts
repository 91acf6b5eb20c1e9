import { requestContext } from '@srvau/messaging';
import type { LogLevel } from '../config/service-config';
import { createLogger } from './create-logger';
import { NestLog } from './nest-log';

function capture(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLogger({ service: 'reward', version: '1.2.3', level }, { write: (line) => lines.push(line) });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown>;
  return { log, lines, last };
}

describe('createLogger', () => {
  it('writes one JSON object a line that says who, when and how severe', () => {
    const { log, lines, last } = capture();
    log.warn({ file: 'a\nb' }, 'two\nlines');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(last()).toMatchObject({
      level: 'warn',
      service: 'reward',
      version: '1.2.3',
      pid: process.pid,
      file: 'a\nb',
    });
    expect(Date.parse(String(last()['time']))).toBeGreaterThan(0);
  });

  it('carries the ids of the request or job that it is written in', async () => {
    const { log, last } = capture();
    await requestContext.run({ requestId: 'r1', jobId: 'j1' }, async () => {
      await Promise.resolve();
      log.info({}, 'inside');
    });
    expect(last()).toMatchObject({ requestId: 'r1', jobId: 'j1' });
    log.info({}, 'outside');
    expect(last()).not.toHaveProperty('requestId');
  });

  it('obeys the level', () => {
    const { log, lines } = capture('error');
    log.warn({}, 'w');
    expect(lines).toEqual([]);
  });

  it.each([
    'password',
    'NATS_PASSWORD',
    'authToken',
    'clientSecret',
    'Authorization',
    'set-cookie',
    'creds',
    'api_key',
    'secretAccessKey',
  ])('hides the value of %s at any depth', (name) => {
    const { log, lines } = capture();
    log.info({ [name]: 'hunter2', a: { b: [{ [name]: { value: 'hunter2' } }] } }, 'm');
    expect(lines.join()).not.toContain('hunter2');
    expect(lines.join()).toContain(`"${name}":"[redacted]"`);
  });

  it('leaves what only sounds secret', () => {
    const { log, last } = capture();
    log.info({ tokens: 12, maxToken: 5, secretary: 'Ann', passwordFile: '/run/secrets/p' }, 'm');
    expect(last()).toMatchObject({ tokens: 12, maxToken: 5, secretary: 'Ann', passwordFile: '/run/secrets/p' });
  });

  it('hides the user part of URLs wherever they stand', () => {
    const { log, lines } = capture();
    const error = new Error('cannot reach nats://ann:hunter2@host:4222', { cause: new Error('tls://hunter2@h') });
    log.error({ err: error, servers: ['nats://a:hunter2@h1,nats://b:p@hunter2@h2'] }, 'lost ws://x:hunter2@h/');
    expect(lines.join()).not.toContain('hunter2');
    expect(lines.join()).toContain('@host:4222');
    log.info({ uri: 's3://bucket/a@b', file: 'file:///x/y@z' }, 'm');
    expect(lines.at(-1)).toContain('s3://bucket/a@b');
    expect(lines.at(-1)).toContain('file:///x/y@z');
  });

  // Work that grew with the square of the text would not end before the suite's limit.
  it('ends on hostile text and on cycles', () => {
    const { log, lines } = capture();
    const cyclic: Record<string, unknown> = { deep: {} };
    cyclic['self'] = cyclic;
    log.info({ cyclic, text: '://'.repeat(200_000), more: `://${'a'.repeat(600_000)}` }, 'm');
    expect(lines).toHaveLength(1);
  });
});

describe('NestLog', () => {
  it('keeps the context, and the stack that Nest passes as a text', () => {
    const { log, last } = capture();
    const nest = new NestLog(log);
    nest.error('boom', 'Error: boom\n    at f (x.js:1:1)', 'ExceptionsHandler');
    expect(last()).toMatchObject({ level: 'error', msg: 'boom', context: 'ExceptionsHandler' });
    expect(last()['stack']).toContain('at f');
    nest.error(new Error('typed'));
    expect(last()).toMatchObject({ msg: 'typed', err: { message: 'typed' } });
    nest.log('Mapped {/livez, GET} route', 'RouterExplorer');
    expect(last()).toMatchObject({ level: 'debug' });
  });
});
