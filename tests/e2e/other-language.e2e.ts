import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NatsServerProcess } from '@srvau/messaging';
import { ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

interface Reply {
  header: string;
  body: Record<string, unknown>;
}

/** What a team that works in another language does first: find the services, then call one with plain JSON. */
describe('a client written in Python on nothing but sockets', () => {
  let home: TempHome;
  let nats: NatsServerProcess;
  let services: ServiceProcess[];

  beforeAll(async () => {
    home = await tempHome();
    nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
    const env = { SRVAU_NATS_URL: nats.url, SRVAU_HOME: join(home.dir, 'state'), SRVAU_FILE_ROOTS: home.dir };
    services = [new ServiceProcess('dataset', { env }), new ServiceProcess('evaluation', { env })];
    await Promise.all(services.map((service) => service.ready()));
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await nats.stop();
    await home[Symbol.asyncDispose]();
  });

  async function ask(subject: string, body: object | string, seconds: number): Promise<Reply[]> {
    const url = new URL(nats.url);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const program = join(__dirname, 'support', 'nats_client.py');
    const { stdout } = await promisify(execFile)('python3', [
      program,
      url.hostname,
      url.port,
      subject,
      text,
      String(seconds),
    ]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Reply);
  }

  it('discovers every service, its endpoints and their schemas', async () => {
    const infos = await ask('$SRV.INFO', '', 2);
    expect(infos.map(({ body }) => body['name']).sort()).toEqual(['srvau-dataset', 'srvau-evaluation']);
    const dataset = infos.find(({ body }) => body['name'] === 'srvau-dataset')?.body as {
      endpoints: { subject: string; metadata: Record<string, string> }[];
    };
    const ingest = dataset.endpoints.find(({ subject }) => subject === 'srvau.dataset.ingest');
    const schema = JSON.parse(ingest?.metadata['request-schema'] ?? '{}') as { required: string[] };
    expect(schema.required.sort()).toEqual(['annotations', 'out', 'videos']);
  });

  it('calls a service with plain JSON and reads a plain reply', async () => {
    const [reply] = await ask('srvau.evaluation.info', {}, 1);
    expect(reply).toMatchObject({ header: '', body: { service: 'evaluation' } });
  });

  it('reads an error by its code, in the body and in the headers', async () => {
    const [reply] = await ask('srvau.jobs.get', { jobId: 'no-such-job-0' }, 1);
    expect(reply?.body).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(reply?.header).toMatch(/Nats-Service-Error-Code: ?404/);
  });

  it('is told at once that a subject does not exist', async () => {
    const [reply] = await ask('srvau.evaluation.nonsense', {}, 1);
    expect(reply?.header).toMatch(/^NATS\/1\.0 503/);
  });
});
