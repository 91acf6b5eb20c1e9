import { countCtest, counted, countJest, summarize } from './tests.mjs';

describe('counts of tests', () => {
  const jest = JSON.stringify({
    numPassedTests: 40,
    numFailedTests: 2,
    numRuntimeErrorTestSuites: 1,
    numPendingTests: 3,
  });
  const ctest = '<?xml version="1.0"?>\n<testsuite name="x" tests="5" failures="1" disabled="1" skipped="1">';

  it('include suites that did not load, and leave out what was skipped', () => {
    expect(countJest(jest)).toEqual({ passed: 40, failed: 3 });
    expect(countCtest(ctest)).toEqual({ passed: 2, failed: 1 });
  });

  it('never hide a runner that failed', () => {
    const clean = (): { passed: number; failed: number } => ({ passed: 4, failed: 0 });
    expect(counted(0, '{}', clean)).toEqual({ passed: 4, failed: 0 });
    expect(counted(1, '{}', clean)).toEqual({ passed: 4, failed: 1 });
    expect(counted(0, null, clean)).toEqual({ passed: 0, failed: 1 });
    expect(counted(1, jest, countJest)).toEqual({ passed: 40, failed: 3 });
  });

  it('end with their sum alone on a line', () => {
    const counts = { types: { passed: 1, failed: 0 }, jest: { passed: 40, failed: 2 } };
    expect(summarize(counts)).toBe('types: 1 passed, 0 failed\njest: 40 passed, 2 failed\n41 passed, 2 failed\n');
  });
});
