import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@srvau/contracts';
import { NatsHarness } from '../../test/harness';
import { connectionOptions, natsConfigFromEnv } from './config';
import { NatsLink } from './link';

describe('NATS configuration', () => {
  let dir: string;
  let nats: NatsHarness | undefined;

  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'srvau-config-'))));

  afterEach(async () => {
    await nats?.close();
    nats = undefined;
    await rm(dir, { recursive: true, force: true });
  });

  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };

  /** Whether a link with these variables gets through to the server, or is turned away. */
  async function reaches(env: Record<string, string>): Promise<boolean> {
    const config = natsConfigFromEnv({ SRVAU_NATS_URL: `nats://localhost:${nats?.server.port}`, ...env });
    let link: NatsLink | undefined;
    try {
      return await new Promise<boolean>((done, fail) => {
        link = new NatsLink({ config, name: 'spec', log: { ...silentLog, warn: () => done(false) } });
        link
          .connection()
          .then((connection) => connection.flush())
          .then(() => done(true), fail);
      });
    } finally {
      await link?.drain();
    }
  }

  it('logs in with user and password from a file', async () => {
    nats = await NatsHarness.start({ config: 'authorization: { user: srvau, password: s3cret }\n' });
    const right = await file('right', 's3cret\n');
    const wrong = await file('wrong', 'guess');
    expect(await reaches({ SRVAU_NATS_USER: 'srvau', SRVAU_NATS_PASSWORD_FILE: right })).toBe(true);
    expect(await reaches({ SRVAU_NATS_USER: 'srvau', SRVAU_NATS_PASSWORD_FILE: wrong })).toBe(false);
    expect(await reaches({})).toBe(false);
  });

  it('logs in with what the URL holds, as other NATS tools do, and not in two ways', async () => {
    nats = await NatsHarness.start({ config: 'authorization: { user: srvau, password: "s3:cret" }\n' });
    const { port } = nats.server;
    expect(await reaches({ SRVAU_NATS_URL: `nats://srvau:s3%3Acret@localhost:${port}` })).toBe(true);
    expect(await reaches({ SRVAU_NATS_URL: `nats://srvau:guess@localhost:${port}` })).toBe(false);
    const config = natsConfigFromEnv({ SRVAU_NATS_URL: 'nats://u:hunter2@localhost', SRVAU_NATS_USER: 'u' });
    expect(() => new NatsLink({ config, name: 'spec' })).toThrow(/expected one of .* received several/);
  });

  it('logs in with a token from a file', async () => {
    nats = await NatsHarness.start({ config: 'authorization: { token: t0ken }\n' });
    expect(await reaches({ SRVAU_NATS_TOKEN_FILE: await file('token', 't0ken') })).toBe(true);
    expect(await reaches({ SRVAU_NATS_TOKEN_FILE: await file('token', 'other') })).toBe(false);
  });

  it('speaks TLS with a certificate of its own, and refuses a server that its CA did not sign', async () => {
    const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
    for (const ca of ['ca', 'otherca']) {
      openssl(
        ...`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${ca} -keyout ${ca}.key -out ${ca}.pem`.split(
          ' ',
        ),
      );
    }
    await file('san', 'subjectAltName=DNS:localhost');
    for (const name of ['server', 'client']) {
      openssl(
        ...`req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`.split(
          ' ',
        ),
      );
      openssl(
        ...`x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out ${name}.pem`.split(
          ' ',
        ),
      );
    }
    const at = (name: string): string => join(dir, name);
    nats = await NatsHarness.start({
      config: `tls: { cert_file: "${at('server.pem')}", key_file: "${at('server.key')}", ca_file: "${at('ca.pem')}", verify: true }\n`,
    });
    const own = { SRVAU_NATS_TLS_CERT_FILE: at('client.pem'), SRVAU_NATS_TLS_KEY_FILE: at('client.key') };
    expect(await reaches({ ...own, SRVAU_NATS_TLS_CA_FILE: at('ca.pem') })).toBe(true);
    expect(await reaches({ ...own, SRVAU_NATS_TLS_CA_FILE: at('otherca.pem') })).toBe(false);
    expect(await reaches({ SRVAU_NATS_TLS_CA_FILE: at('ca.pem') })).toBe(false);
  });

  it.each([
    [{ SRVAU_NATS_URL: 'localhost:4222' }, /SRVAU_NATS_URL: expected .*nats:\/\/host:port/],
    [{ SRVAU_NATS_URL: 'http://u:hunter2@host' }, /received \(hidden\)/],
  ])('names a wrong variable: %j', (env, message) => {
    expect(() => natsConfigFromEnv(env)).toThrow(message);
  });

  it('refuses a port that cannot be and a file that is no .creds file, without repeating either', async () => {
    const make = (env: Record<string, string>) => () => new NatsLink({ config: natsConfigFromEnv(env), name: 'spec' });
    expect(make({ SRVAU_NATS_URL: 'nats://u:hunter2@host:99999' })).toThrow(
      /SRVAU_NATS_URL: expected nats:.*\(hidden\)/,
    );
    const none = await file('none.creds', 'SECRET');
    expect(make({ SRVAU_NATS_CREDS_FILE: none })).toThrow(
      /SRVAU_NATS_CREDS_FILE: expected a \.creds file .*none\.creds/,
    );
  });

  it('names a file that is not there, and refuses two ways to log in', () => {
    const connect = (env: Record<string, string>): void => {
      void new NatsLink({ config: natsConfigFromEnv(env), name: 'spec' }).drain();
    };
    expect(() => connect({ SRVAU_NATS_CREDS_FILE: join(dir, 'none.creds') })).toThrow(
      /SRVAU_NATS_CREDS_FILE: expected a readable file, received .*none\.creds \(ENOENT\)/,
    );
    expect(() => connect({ SRVAU_NATS_USER: 'u', SRVAU_NATS_TOKEN_FILE: '/x' })).toThrow(
      /expected one of .* received several/,
    );
  });

  it.each([
    [{ SRVAU_NATS_PASSWORD_FILE: '/x' }, 'SRVAU_NATS_USER: expected a value beside SRVAU_NATS_PASSWORD_FILE'],
    [{ SRVAU_NATS_TLS_CERT_FILE: '/x' }, 'SRVAU_NATS_TLS_KEY_FILE: expected a value beside SRVAU_NATS_TLS_CERT_FILE'],
    [{ SRVAU_NATS_TLS_KEY_FILE: '/x' }, 'SRVAU_NATS_TLS_CERT_FILE: expected a value beside SRVAU_NATS_TLS_KEY_FILE'],
  ])('refuses half of a pair: %j', (env, message) => {
    expect(() => connectionOptions(natsConfigFromEnv(env), 'spec')).toThrow(`${message}, received nothing`);
  });
});
