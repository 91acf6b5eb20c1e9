/** Runs the script in $SCRIPT on the TypeScript sources of this package: its `require` starts at src. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

// The script sees the arguments as if it had been started itself.
process.argv.splice(1, 1);
new Function('require', process.env['SCRIPT'] ?? '')(createRequire(join(__dirname, '../src/index.ts')));
