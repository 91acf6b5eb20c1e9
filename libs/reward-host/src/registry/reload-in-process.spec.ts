import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

it('runs new code after a reload in process, and keeps the old where the new cannot be loaded', async () => {
  const test = join(__dirname, '../../test');
  const runner = join(test, '../../../tests/support/run-ts.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [runner, join(test, 'reload-in-process.ts')]);
  expect(JSON.parse(stdout)).toEqual({
    loaded: 0.1,
    'second file changed': 0.2,
    'syntax error': 0.2,
    'syntax error, refused': expect.stringMatching(/SyntaxError: .*index\.js:1/) as string,
    repaired: 0.3,
    'now an ES module': 0.4,
    'ES module changed': 0.5,
    'ES module that awaits': 0.6,
    'ES module that throws': 0.6,
    'ES module that throws, refused': expect.stringContaining('Error: at import') as string,
  });
});
