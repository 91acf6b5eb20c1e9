import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceDefinition } from '../definition';
import { knownNames, variablesOf } from './variables';

const ROOT = join(__dirname, '../../../..');
const READ = /(?:env\[|env\.|name: )'?(SRVAU_[A-Z0-9_]+)/g;

class EmptyModule {}
const definition: ServiceDefinition = { service: 'reward', description: 'd', version: '1.0.0', module: EmptyModule };

/** Names of the variables that the project's programs read. */
function readAnywhere(): string[] {
  const found = new Set<string>();
  for (const folder of ['apps', 'libs', 'tools', 'native/js']) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      const isSource = entry.isFile() && /\.(ts|mjs)$/.test(entry.name) && !/\.spec\.ts$/.test(entry.name);
      if (!isSource || /[/](dist|node_modules|build)([/]|$)/.test(entry.parentPath)) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      for (const [, name] of text.matchAll(READ)) if (name !== undefined) found.add(name);
    }
  }
  return [...found].sort();
}

it('no variable that any part of the project reads is reported as unknown', () => {
  const read = readAnywhere();
  expect(read).toEqual(expect.arrayContaining(['SRVAU_NATS_URL', 'SRVAU_FFMPEG', 'SRVAU_FRAME_CACHE_DIR']));
  const known = knownNames(definition);
  expect(read.filter((name) => !known.has(name))).toEqual([]);
});

it('every variable is documented, once', () => {
  const variables = variablesOf(definition);
  expect(new Set(variables.map(({ name }) => name)).size).toBe(variables.length);
  for (const { name, doc } of variables) expect([name, doc]).toEqual([name, expect.stringMatching(/^.{10,120}$/)]);
  expect(variables.find(({ name }) => name === 'SRVAU_HTTP_PORT')?.defaultText).toBe('7103');
});
