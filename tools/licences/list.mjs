#!/usr/bin/env node
// Lists the licences of everything the lock file names, and fails for one that we may not ship.
//   node tools/licences/list.mjs          writes docs/licences.md
//   node tools/licences/list.mjs --check  fails when the file is out of date or a licence is not allowed
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const page = join(root, 'docs', 'licences.md');

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
  'WTFPL',
  'Artistic-2.0',
]);

/** Programs that set-up installs beside npm's packages. They run as processes of their own or are linked as stated. */
const SYSTEM = [
  [
    'ffmpeg, ffprobe',
    'LGPL-2.1-or-later, GPL parts in most distributions',
    'run as a separate program; not linked, not shipped in the repository',
  ],
  ['nats-server', 'Apache-2.0', 'run as a separate program'],
  [
    'libtorch (PyTorch)',
    'BSD-3-Clause',
    'linked by the native addon; fetched at set-up, not shipped in the repository',
  ],
];

/** Packages whose manifest names no licence; their README does. */
const FROM_README = { 'humanize-number': 'MIT', only: 'MIT' };

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const packages = Object.entries(lock.packages)
  .filter(([path, entry]) => path.startsWith('node_modules/') && entry.link !== true)
  .map(([path, entry]) => ({
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version: entry.version,
    licence: normalise(entry.license ?? licenceOnDisk(path)),
    development: entry.dev === true || entry.devOptional === true,
  }));

const refused = packages.filter(({ licence }) => !isAllowed(licence));
if (refused.length > 0) {
  for (const { name, version, licence } of refused) console.error(`not allowed: ${name}@${version}: ${licence}`);
  process.exit(1);
}
const text = render(packages);
if (process.argv.includes('--check')) {
  if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
    console.error('docs/licences.md is out of date; run: node tools/licences/list.mjs');
    process.exit(1);
  }
} else {
  writeFileSync(page, text);
}

function licenceOnDisk(path) {
  const manifest = join(root, path, 'package.json');
  if (!existsSync(manifest)) return 'unknown';
  const { license, licenses } = JSON.parse(readFileSync(manifest, 'utf8'));
  return (
    license?.type ??
    license ??
    licenses?.map((one) => one.type).join(' OR ') ??
    FROM_README[path.slice('node_modules/'.length)] ??
    'unknown'
  );
}

function normalise(licence) {
  return String(licence).replace(/[()]/g, '').trim();
}

function isAllowed(licence) {
  return licence.split(/ OR /i).some((choice) => choice.split(/ AND /i).every((part) => ALLOWED.has(part.trim())));
}

function render(all) {
  const unique = new Map(all.map((one) => [`${one.name}@${one.version}`, one]));
  const rows = [...unique.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
  const table = (list) => list.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`).join('\n');
  const head = '| package | version | licence |\n| --- | --- | --- |\n';
  return `# Licences

SRVAU itself is under the Apache License 2.0 (see LICENSE). This page is made by \`tools/licences/list.mjs\` from the
lock file; CI fails when it is out of date or when a licence is not on the allowed list.

## Programs and libraries outside npm

| what | licence | how it is used |
| --- | --- | --- |
${SYSTEM.map((row) => `| ${row.join(' | ')} |`).join('\n')}

The shipped video clips under \`tests/fixtures\` carry their attribution in a README beside them.

## npm packages at run time

${head}${table(rows.filter((one) => !one.development))}

## npm packages for building and testing only

${head}${table(rows.filter((one) => one.development))}
`;
}
