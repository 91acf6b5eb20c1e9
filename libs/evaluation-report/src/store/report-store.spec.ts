import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactStore, fileUri } from '@srvau/storage';
import { sampleReport } from '../../test/sample';
import { reportJson, writeReport } from './report-files';
import { ReportStore } from './report-store';

let root: string;
let store: ArtifactStore;
let reports: ReportStore;
const put = (name: string, changes: Parameters<typeof sampleReport>[0] = {}): Promise<void> =>
  writeReport(store, reports.uriOf(name), sampleReport({ name, ...changes }).report);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau reports '));
  store = new ArtifactStore({ fileRoots: [root], s3: false });
  reports = new ReportStore(store, fileUri(join(root, 'all')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('writes three files, the same bytes each time, and reads the report back', async () => {
  await put('one');
  const read = async (): Promise<string[]> => {
    const names = (await readdir(join(root, 'all/one'))).sort();
    return Promise.all(names.map(async (name) => `${name}\n${await readFile(join(root, 'all/one', name), 'utf8')}`));
  };
  const first = await read();
  expect(first.map((file) => file.split('\n')[0])).toEqual(['report.html', 'report.json', 'report.md']);
  await put('one');
  expect(await read()).toEqual(first);
  expect(await reports.read('one')).toEqual(sampleReport({ name: 'one' }).report);
});

it('lists reports by name in pages; a directory that is not there has none', async () => {
  expect(await reports.list()).toEqual({ reports: [], more: false, others: [] });
  for (const name of ['b', 'a-1', 'c']) await put(name);
  const { reports: found, more } = await reports.list({ limit: 2 });
  expect([found.map(({ name }) => name), more]).toEqual([['a-1', 'b'], true]);
  expect(await reports.list({ after: 'b', limit: 2 })).toMatchObject({ reports: [{ name: 'c' }], more: false });
  expect(found[0]).toMatchObject({
    model: { identity: { model: 'tiny-vl' } },
    dataset: { name: 'bench', rows: 40 },
    results: [{ task: 'qa', thinking: 'with', items: 40, headline: { figure: 'accuracy', value: 70 } }, {}, {}, {}],
  });
});

it('names what is damaged, unfinished or not ours, and goes on', async () => {
  await put('good');
  const file = async (name: string, text: string): Promise<void> => {
    await mkdir(join(root, 'all', name), { recursive: true });
    await writeFile(join(root, 'all', name, 'report.json'), text);
  };
  await file('cut-off', reportJson(sampleReport().report).slice(0, 500));
  await file('bytes', '\u0000');
  await file('copied', reportJson(sampleReport({ name: 'good' }).report));
  await file('foreign', '{"results": {"acc": 1}}');
  await file('later', JSON.stringify({ ...sampleReport().report, version: 2 }));
  await file('Not a name', '{}');
  await mkdir(join(root, 'all/unfinished/work'), { recursive: true });
  await mkdir(join(root, 'all/folder/report.json'), { recursive: true });
  await symlink('/etc', join(root, 'all/outside'));
  await writeFile(join(root, 'all/file'), '');
  const { reports: found, others } = await reports.list();
  expect(found.map(({ name }) => name)).toEqual(['good']);
  expect(others.map(({ name, reason }) => `${name}: ${reason.replaceAll(reports.root, '…')}`)).toEqual([
    'Not a name: not the name of a report',
    expect.stringMatching(/^bytes: …\/bytes\/report\.json: expected a report as JSON, received/),
    'copied: …/copied/report.json: name: expected "copied" (string), received "good" (string)',
    expect.stringMatching(/^cut-off: …\/cut-off\/report\.json: expected a report as JSON, received/),
    expect.stringMatching(/^folder: .*expected a regular file, received a directory/),
    'foreign: …/foreign/report.json: format: expected "srvau-evaluation-report", received nothing',
    'later: …/later/report.json: version: expected version 1 of a report, received 2 (number)',
    'unfinished: no report.json: not finished, or not a report',
  ]);
  await expect(reports.read('cut-off')).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
  await expect(reports.read('nowhere')).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'report: expected the name of a report that is there, received "nowhere" (string)',
    details: [{ field: 'name' }],
  });
  await expect(reports.read('../good')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});
