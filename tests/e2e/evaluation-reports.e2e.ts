import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  type CompareReportsRequest,
  type EvaluationReport,
  type GetReportRequest,
  type ListReportsReply,
  type ReportComparison,
  SUBJECTS,
} from '@srvau/contracts';
import type { ServiceClient } from '@srvau/messaging';
import { fileUri } from '@srvau/storage';
import { startS3Server } from '@srvau/storage/test/s3-server';
import { CliHome } from './support/cli';
import { EvaluationService } from './support/evaluation-service';
import { refusalOf } from './support/refusal';
import { makeReport } from './support/reports';

let home: CliHome;
let reports: string;
beforeAll(async () => {
  home = await CliHome.create();
  reports = join(home.home, 'reports');
  await makeReport(reports, 4, { name: 'weak' });
  await makeReport(reports, 6, { name: 'strong', settings: { seed: 8 }, published: true });
  await makeReport(reports, 6, { name: 'benchmark', protocol: 'vau-bench' });
  await mkdir(join(reports, 'unfinished/work'), { recursive: true });
  await mkdir(join(reports, 'damaged'));
  await writeFile(join(reports, 'damaged/report.json'), '{"format": "srvau-eval');
});
afterAll(() => home.remove());

const of = (comparison: ReportComparison, task: string): ReportComparison['parts'][number]['figures'][number] => {
  const part = comparison.parts.find((each) => each.task === task && each.thinking === 'with' && each.dataset === null);
  const [figure] = part?.figures ?? [];
  if (figure === undefined) throw new Error(`expected figures of ${task}`);
  return figure;
};

describe('the service', () => {
  let service: EvaluationService;
  let client: ServiceClient;

  beforeAll(async () => {
    // Reports lie outside of the file roots: operators say where, not requests.
    const env = { SRVAU_FILE_ROOTS: '', SRVAU_EVALUATION_REPORTS: fileUri(reports) };
    service = await EvaluationService.start(home.dir, env);
    ({ client } = service);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const get = (request: GetReportRequest): Promise<unknown> => client.request(SUBJECTS.evaluationReportsGet, request);
  const compare = (request: CompareReportsRequest): Promise<ReportComparison> =>
    client.request(SUBJECTS.evaluationReportsCompare, request);
  it('lists reports, and what is none', async () => {
    const all = await client.request(SUBJECTS.evaluationReportsList, {});
    expect(all.reports.map(({ name }) => name)).toEqual(['benchmark', 'strong', 'weak']);
    expect(all.others.map(({ name }) => name)).toEqual(['damaged', 'unfinished']);
    const page = await client.request(SUBJECTS.evaluationReportsList, { after: 'benchmark', limit: 2 });
    expect(page).toMatchObject({ reports: [{ name: 'strong' }], others: [{ name: 'damaged' }], more: true });
  });

  it('gives a report as data, Markdown and HTML, as they lie on disk', async () => {
    const onDisk = (file: string): Promise<string> => readFile(join(reports, 'strong', file), 'utf8');
    expect(await get({ name: 'strong' })).toEqual(JSON.parse(await onDisk('report.json')));
    expect(await get({ name: 'strong', form: 'markdown' })).toEqual({
      ...{ name: 'strong', form: 'markdown', text: await onDisk('report.md') },
    });
    expect(await get({ name: 'strong', form: 'html' })).toMatchObject({ text: await onDisk('report.html') });
  });

  it('refuses names that are none, and says what is wrong with a report', async () => {
    expect(await refusalOf(get({ name: 'nowhere' }))).toMatchObject({
      code: 'NOT_FOUND',
      details: [{ field: 'name' }],
    });
    expect(await refusalOf(get({ name: '../reports/weak' }))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await refusalOf(get({ name: 'weak', form: 'pdf' as never }))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await refusalOf(get({ name: 'damaged' }))).toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining('expected a report as JSON'),
    });
    expect(await refusalOf(compare({ first: 'weak', second: 'damaged' }))).toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it('compares two reports item by item, and refuses another protocol unless told', async () => {
    const comparison = await compare({ first: 'weak', second: 'strong', resamples: 200 });
    expect(of(comparison, 'qa')).toMatchObject({
      ...{ figure: 'accuracy', first: 47.5, second: 70, difference: 22.5 },
      mcNemar: { onlyFirst: 0, onlySecond: 9, exactP: 2 ** -8 },
    });
    expect(await compare({ first: 'weak', second: 'strong', resamples: 200 })).toEqual(comparison);
    expect(await refusalOf(compare({ first: 'strong', second: 'benchmark' }))).toMatchObject({
      code: 'CONFLICT',
      details: [{ field: 'protocol.name', expected: 'strict', received: 'vau-bench' }],
    });
    expect(await refusalOf(compare({ first: 'strong', second: 'none' }))).toMatchObject({
      ...{ code: 'NOT_FOUND', details: [{ field: 'second' }] },
    });
    const anyway = await compare({ first: 'strong', second: 'benchmark', anyway: true });
    expect(anyway.conflicts).toEqual(['protocol.name']);
  });
});

describe('srvau evaluate', () => {
  it('lists, shows and compares reports without a service', async () => {
    const list = await home.run(['evaluate', 'reports']);
    expect(list).toMatchObject({ code: 0, stderr: expect.stringMatching(/^damaged: .*\nunfinished: no report\.json/) });
    expect(list.stdout).toMatch(/^strong +tiny-vl +bench test +40 +strict +qa, w\/ think: accuracy 70\.00$/m);
    const { reports: listed } = await home.json<ListReportsReply>(['evaluate', 'reports']);
    expect(listed).toHaveLength(3);

    const shown = await home.run(['evaluate', 'reports', 'strong']);
    expect(shown.stdout).toMatch(/^ {2}MSAD +SRVAU-R1 +89\.58 +91\.25 .* 38\.30 +published, Table 1$/m);
    expect(shown.stdout).toMatch(/^ {2}MSAD +tiny-vl +65\.00 .* measured$/m);
    expect((await home.run(['evaluate', 'reports', './home/reports/strong', '--markdown'])).stdout).toBe(
      await readFile(join(reports, 'strong/report.md'), 'utf8'),
    );
    expect((await home.json<EvaluationReport>(['evaluate', 'reports', 'weak'])).name).toBe('weak');

    const comparison = await home.json<ReportComparison>(['evaluate', 'compare', 'weak', 'strong']);
    expect(of(comparison, 'tag').figure).toBe('mIoU');
    const text = await home.run(['evaluate', 'compare', join(reports, 'weak'), 'strong']);
    expect(text.stdout).toMatch(/^settings\.seed +7 +8$/m);
    expect(text.stdout).toMatch(/^qa, w\/ think +all +accuracy +40 +47\.50 +70\.00 +\+22\.50 .* 0 +9 +0\.0039$/m);
    expect(await home.processes()).toEqual([]);
  });

  it('says what is wrong', async () => {
    const [conflict, usage, missing, damaged, none] = await Promise.all(
      [
        ['compare', 'strong', 'benchmark'],
        ['compare', 'strong'],
        ['reports', 'nowhere'],
        ['reports', 'damaged'],
        ['reports', '--dir', 'none'],
      ].map((args) => home.run(['evaluate', ...args])),
    );
    expect(conflict).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringContaining('protocol.name: strict and vau-bench'),
    });
    expect([usage?.code, missing?.code]).toEqual([2, 1]);
    expect(damaged).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('damaged/report.json: expected a report as JSON'),
    });
    expect(none).toMatchObject({ code: 0, stderr: expect.stringMatching(/^no reports in file:/) });
  });

  it('reads reports from S3', async () => {
    const server = await startS3Server();
    try {
      const { endpoint, credentials, bucket } = server;
      const s3 = new S3Client({ endpoint, credentials, forcePathStyle: true, region: 'us-east-1' });
      for (const name of ['weak', 'strong']) {
        for (const file of ['report.json', 'transcripts.parquet']) {
          const Body = await readFile(join(reports, name, file));
          await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `reports/${name}/${file}`, Body }));
        }
      }
      s3.destroy();
      const env = {
        SRVAU_EVALUATION_REPORTS: `s3://${bucket}/reports`,
        ...{ SRVAU_S3_ENDPOINT: endpoint, SRVAU_S3_REGION: 'us-east-1', SRVAU_S3_PATH_STYLE: 'true' },
        ...{ AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
      };
      expect((await home.run(['evaluate', 'reports'], env)).stdout).toMatch(/^strong +[^]*^weak +/m);
      const compared = await home.run(['evaluate', 'compare', 'weak', 'strong', '--json'], env);
      expect(of(JSON.parse(compared.stdout) as ReportComparison, 'qa').difference).toBe(22.5);
    } finally {
      await server.close();
    }
  });
});
