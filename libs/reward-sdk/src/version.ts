import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const manifest = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string };

/** Of this SDK: what a plugin's manifest names a range of under `srvau.sdk`. */
export const SDK_VERSION: string = manifest.version;
