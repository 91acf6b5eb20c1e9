import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '@srvau/contracts';
import { EvaluationClient } from '@srvau/evaluation-client';
import { replyTo } from '../../libs/models/test/fake-openai/replies.mjs';
import { EvaluationCluster } from '../e2e/support/evaluation-cluster';
import { questions, writeJsonl } from '../e2e/support/evaluation-rows';
import { call, install, pack, TSC } from '../external-plugin/support';

jest.setTimeout(300_000);

const MARKS = { reason: 'terse', cls: 8, km: 5, flu: 10, inf: 4, fac: 9 };

let cluster: EvaluationCluster;
let project: string;
beforeAll(async () => {
  cluster = await EvaluationCluster.start(
    {
      reply: ({ body }) =>
        JSON.stringify(body).includes('candidate') ? JSON.stringify(MARKS) : replyTo(body.messages),
    },
    { SRVAU_JOB_LEASE_MS: '3000' },
  );
  const tarballs = cluster.path('tarballs');
  await mkdir(tarballs);
  const packages: string[] = [];
  for (const lib of ['contracts', 'messaging', 'evaluation-client']) packages.push(await pack(`libs/${lib}`, tarballs));
  // Nothing above this folder is ours: what the program imports must have been installed there.
  project = cluster.path('project');
  await cp(join(__dirname, 'typescript'), project, { recursive: true });
  await install(project, packages);
  // The programs that the README shows, too.
  const guide = await readFile(join(__dirname, '../../libs/evaluation-client/README.md'), 'utf8');
  const shown = [...guide.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code ?? '');
  expect(shown).toHaveLength(4);
  for (const [i, code] of shown.entries()) await writeFile(join(project, `src/shown-${i}.ts`), code);
  // Types are checked to the last of those that were installed.
  await call(process.execPath, [TSC], project);

  const { references, predictions } = questions(10_500, 5_250);
  writeJsonl(cluster.path('references.jsonl'), references);
  writeJsonl(cluster.path('predictions.jsonl'), predictions);
  writeJsonl(cluster.path('broken.jsonl'), [...references, { id: 'x', task: 'vqa' }]);
});
afterAll(() => cluster[Symbol.asyncDispose]());

describe('@srvau/evaluation-client, packed and installed elsewhere', () => {
  it('brings no server framework, and little else', async () => {
    const installed = await readdir(join(project, 'node_modules'));
    expect(installed).not.toContain('@nestjs');
    expect(installed).not.toContain('rxjs');
    const tree = JSON.parse(await call('npm', ['ls', '--all', '--json', '--omit=dev'], project)) as Tree;
    expect(namesOf(tree).size).toBeLessThan(30);
  });

  it.each([
    ['nats', async () => cluster.nats.url, ''],
    ['http', () => cluster.url(), expect.stringContaining('<answer>Normal</answer>') as string],
  ])('is what a program of others calls the service with over %s', async (way, address, streamed) => {
    const settings = {
      address: await address(),
      references: cluster.uri('references.jsonl'),
      predictions: cluster.uri('predictions.jsonl'),
      brokenReferences: cluster.uri('broken.jsonl'),
      video: cluster.uri('clip.mp4'),
      dataset: cluster.uri('dataset'),
      model: `openai:${cluster.endpoint.url}#model`,
    };
    const output = await call(process.execPath, ['dist/main.js', JSON.stringify(settings)], project);
    expect(JSON.parse(output)).toEqual({
      figures: [100, 50, 50, 10_500],
      lastState: 'succeeded',
      predicted: ['qa', false],
      streamed,
      judged: [1, 36],
      ran: [4, 4],
      reports: [`first-over-${way}`, `second-over-${way}`],
      report: [`first-over-${way}`, 1, '<!doctype html>'],
      compared: [[4, 0]],
      refusals: [
        ['INVALID_REQUEST', 'predictions'],
        ['UNPROCESSABLE', expect.stringContaining('task')],
        ['NOT_FOUND', null],
        ['CONFLICT', null],
        ['FORBIDDEN', 'video'],
        ['NOT_FOUND', 'name'],
        ['CANCELLED', null],
      ],
    });
  });
});

describe('EvaluationJob', () => {
  it('is followed through the death of the service, by whatever comes after it', async () => {
    await using client = await EvaluationClient.connect({ servers: cluster.nats.url });
    // It waits for its model, which is away.
    const model = 'openai:http://127.0.0.1:9/v1#away';
    const job = await client.run({ name: 'waits', model, dataset: cluster.uri('dataset') });
    const records = job.follow();
    for (let state = ''; state !== 'running';) state = (await records.next()).value?.state ?? 'ended';

    await cluster.killService();
    await expect(job.status({ retries: 0 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const later = lastOf(records);
    await cluster.startService();
    await job.cancel();
    expect(await later).toMatchObject({ id: job.jobId, state: 'cancelled' });
  });
});

async function lastOf(records: AsyncIterable<JobRecord>): Promise<JobRecord | undefined> {
  let last: JobRecord | undefined;
  for await (const record of records) last = record;
  return last;
}

interface Tree {
  dependencies?: Record<string, Tree>;
}

function namesOf({ dependencies = {} }: Tree, names = new Set<string>()): Set<string> {
  for (const [name, tree] of Object.entries(dependencies)) {
    names.add(name);
    namesOf(tree, names);
  }
  return names;
}
