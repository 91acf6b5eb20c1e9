import { reportsUri, reportUri } from './report-place';

const io = { cwd: '/some folder', env: {} };

it('looks for reports where the service of this machine keeps them, unless told otherwise', () => {
  expect(reportsUri(undefined, io)).toBe('file:///some%20folder/.srvau/reports');
  expect(reportsUri(undefined, { ...io, env: { SRVAU_HOME: '/state' } })).toBe('file:///state/reports');
  const env = { SRVAU_HOME: '/state', SRVAU_EVALUATION_REPORTS: 's3://bucket/reports' };
  expect(reportsUri(undefined, { ...io, env })).toBe('s3://bucket/reports');
  expect(reportsUri('mine', { ...io, env })).toBe('file:///some%20folder/mine');
});

it('takes a name for one among the reports, and what has a slash for a path or URI', () => {
  expect(reportUri('r1', 'FIRST', 's3://bucket/reports', io)).toBe('s3://bucket/reports/r1');
  expect(reportUri('./r1', 'FIRST', 's3://bucket/reports', io)).toBe('file:///some%20folder/r1');
  expect(reportUri('s3://other/r1', 'FIRST', undefined, io)).toBe('s3://other/r1');
  expect(() => reportUri('http://host/r1', 'FIRST', undefined, io)).toThrow('FIRST: expected a path, file:///');
  expect(() => reportUri('..', 'FIRST', undefined, io)).toThrow(/without "", "." or ".." segments/);
});
