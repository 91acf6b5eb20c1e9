import { localServiceEnv } from './service-pool';

describe('localServiceEnv', () => {
  it('lets services of the user touch all files of the user, and notice dead workers soon', () => {
    expect(localServiceEnv({ PATH: '/bin' }, '/home', 0)).toEqual({
      PATH: '/bin',
      SRVAU_FILE_ROOTS: '/',
      SRVAU_MODEL_ENDPOINTS: '*',
      SRVAU_JOB_LEASE_MS: '6000',
      SRVAU_HOME: '/home',
      SRVAU_HTTP_PORT: '0',
    });
  });

  it('lets the user decide otherwise', () => {
    const env = { SRVAU_FILE_ROOTS: '/data', SRVAU_JOB_LEASE_MS: '9000', SRVAU_LOG_LEVEL: 'debug' };
    expect(localServiceEnv(env, '/home', 7101)).toMatchObject(env);
  });

  it("leaves a shared NATS its own lease, and keeps the command's own variables to itself", () => {
    const env = localServiceEnv({ SRVAU_NATS_URL: 'nats://a:4222', SRVAU_APPS_DIR: '/apps' }, '/home', 0);
    expect(env['SRVAU_JOB_LEASE_MS']).toBeUndefined();
    expect(env['SRVAU_APPS_DIR']).toBeUndefined();
  });
});
