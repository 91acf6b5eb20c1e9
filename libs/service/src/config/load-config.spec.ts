import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import type { ServiceDefinition, ServiceConfigType } from '../definition';
import { loadConfig } from './load-config';
import { artifactOptions, ServiceConfig } from './service-config';
import { WholeNumber } from './whole-number';

class OwnConfig extends ServiceConfig {
  @WholeNumber(1, 8)
  lanes: number = 2;
}
const env: ServiceConfigType<OwnConfig>['env'] = { lanes: { name: 'SRVAU_LANES', kind: 'number', doc: 'lanes' } };

class EmptyModule {}
const plain: ServiceDefinition = { service: 'reward', description: 'd', version: '1.0.0', module: EmptyModule };
const own: ServiceDefinition<OwnConfig> = { ...plain, service: 'dataset', config: { type: OwnConfig, env } };

function faultsOf(variables: NodeJS.ProcessEnv, definition: ServiceDefinition<OwnConfig> = own): SrvauError {
  try {
    loadConfig(definition, variables);
  } catch (error) {
    if (error instanceof SrvauError) return error;
    throw error;
  }
  throw new Error('expected a fault');
}

describe('loadConfig', () => {
  it('has a default for everything', () => {
    const { config, nats, unknown } = loadConfig(plain, {});
    expect(config).toMatchObject({ httpHost: '127.0.0.1', httpPort: 7103, logLevel: 'info', drainMs: 25_000 });
    expect(config.home).toBe(join(process.cwd(), '.srvau'));
    expect(config.fileRoots).toEqual([]);
    expect(nats.servers).toBeUndefined();
    expect(unknown).toEqual([]);
  });

  it("reads a service's own variables beside the common ones", () => {
    const { config } = loadConfig(own, { SRVAU_LANES: '8', SRVAU_HTTP_PORT: '0', SRVAU_FILE_ROOTS: '/a:/b c' });
    expect(config).toMatchObject({ lanes: 8, httpPort: 0, fileRoots: ['/a', '/b c'] });
    expect(loadConfig(own, {}).config.httpPort).toBe(7101);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig(own, { SRVAU_LANES: '', SRVAU_LOG_LEVEL: '' }).config).toMatchObject({
      lanes: 2,
      logLevel: 'info',
    });
  });

  it.each([
    ['SRVAU_HTTP_PORT', '1.5'],
    ['SRVAU_HTTP_PORT', '-1'],
    ['SRVAU_HTTP_PORT', 'http'],
    ['SRVAU_HTTP_HOST', 'http://here'],
    ['SRVAU_LOG_LEVEL', 'INFO'],
    ['SRVAU_LOG_PRETTY', 'maybe'],
    ['SRVAU_DRAIN_MS', '25s'],
    ['SRVAU_FILE_ROOTS', '/a:b'],
    ['SRVAU_MAX_MESSAGE_BYTES', '1MB'],
    ['SRVAU_JOB_LEASE_MS', '10'],
    ['SRVAU_JETSTREAM_REPLICAS', '2'],
    ['SRVAU_S3_REGION', 'Europe (Frankfurt)'],
    ['SRVAU_NATS_URL', 'localhost:4222'],
    ['SRVAU_LANES', '9'],
  ])('names %s when it is %j', (name, value) => {
    const error = faultsOf({ [name]: value });
    expect(error.details).toHaveLength(1);
    expect(error.details[0]?.field).toBe(name);
    expect(error.details[0]?.expected).not.toBe('');
  });

  it('tells all faults at once, those of NATS too', () => {
    const fields = faultsOf({ SRVAU_LANES: '0', SRVAU_LOG_LEVEL: 'x', SRVAU_NATS_URL: 'x' }).details.map(
      (d) => d.field,
    );
    expect(fields.sort()).toEqual(['SRVAU_LANES', 'SRVAU_LOG_LEVEL', 'SRVAU_NATS_URL']);
  });

  it('does not repeat what may hold a secret', () => {
    const error = faultsOf({ SRVAU_NATS_URL: 'http://u:hunter2@h', SRVAU_S3_ENDPOINT: 'http://u:hunter2@h' });
    expect(error.details).toHaveLength(2);
    expect(JSON.stringify(error.toWire())).not.toContain('hunter2');
  });

  it('names the file of credentials that cannot be read, and ways to authenticate that exclude each other', () => {
    expect(faultsOf({ SRVAU_NATS_TOKEN_FILE: '/nowhere/token' }).message).toContain('SRVAU_NATS_TOKEN_FILE');
    const both = { SRVAU_NATS_TOKEN_FILE: '/nowhere/token', SRVAU_NATS_USER: 'u' };
    expect(faultsOf(both).message).toContain('expected one of');
  });
});

describe('artifactOptions', () => {
  it('leaves out what is not set, so that the SDK decides', () => {
    expect(artifactOptions(loadConfig(plain, {}).config)).toEqual({ fileRoots: [], s3: {} });
    const variables = { SRVAU_FILE_ROOTS: '/d', SRVAU_S3_ENDPOINT: 'http://s3:9000', SRVAU_S3_PATH_STYLE: 'false' };
    expect(artifactOptions(loadConfig(plain, variables).config)).toEqual({
      fileRoots: ['/d'],
      s3: { endpoint: 'http://s3:9000', forcePathStyle: false },
    });
  });
});
