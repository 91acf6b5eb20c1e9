import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RolloutRow } from '@srvau/contracts';
import { RolloutBatch } from '../src/batch/rollout-batch';
import type { ChildProgram } from '../src/child/launch';
import type { HostLog } from '../src/run/runner';

/** The child's program, run from the sources as specs are. */
export const SOURCE_PROGRAM: ChildProgram = {
  file: join(__dirname, '../../../tests/support/run-ts.mjs'),
  argv: [join(__dirname, '../src/process/main.ts')],
};

export interface PluginParts {
  id?: string;
  scope?: 'sample' | 'group';
  scoreVersion?: number;
  needs?: string[];
  /** An object, or a function of the options. */
  range?: string;
  /** Of the module, before the plugin is defined. */
  top?: string;
  /** Body of `create(options, host)` up to its return. */
  create?: string;
  /** Body of `score(batch, context)`. */
  score?: string;
  dispose?: string;
}

/** Source of a CommonJS module with a plugin whose option `bonus` is added to every score. */
export function pluginSource(parts: PluginParts = {}): string {
  const { id = 'sample', scope = 'sample', scoreVersion = 1, needs = [], top = '', create = '', dispose = '' } = parts;
  const { range = '{ min: 0, max: 1 }' } = parts;
  const score = parts.score ?? 'return batch.map(() => scored(options.bonus))';
  return `
    const { defineRewardPlugin, scored, abstain, IsNumber, Max } = require('@srvau/reward-sdk');
    ${top}
    class Options { constructor() { this.bonus = 0.5; } }
    IsNumber()(Options.prototype, 'bonus');
    Max(1)(Options.prototype, 'bonus');
    exports.default = defineRewardPlugin({
      id: '${id}', scoreVersion: ${scoreVersion}, summary: 'A plugin of the specs.', scope: '${scope}',
      range: ${range}, options: Options, needs: ${JSON.stringify(needs)},
      create(options, host) {
        ${create}
        return {
          score(batch, context) { ${score} },
          dispose() { ${dispose} },
        };
      },
    });`;
}

/** Packages in a folder of their own, taken away with it. */
export class PluginFolder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'srvau-plugins-')));

  /** @returns the package's folder */
  add(name: string, source: string, manifest: Readonly<Record<string, unknown>> = {}): string {
    const srvau = { kind: 'reward-plugin', id: 'sample', sdk: '^1.0.0', entry: './index.js', ...manifest };
    return this.write(name, { 'package.json': JSON.stringify({ name, version: '1.2.3', srvau }), 'index.js': source });
  }

  write(name: string, files: Readonly<Record<string, string>>): string {
    const dir = join(this.path, name);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    }
    return dir;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function row(change: Partial<RolloutRow> = {}): RolloutRow {
  const completion = '<think>t</think><answer>B</answer>';
  return { id: 'r', groupId: 'g', task: 'qa', completion, truth: { label: 'B' }, ...change };
}

export function batchOf(size: number): RolloutBatch {
  return new RolloutBatch(Array.from({ length: size }, (_, i) => row({ id: `r${i}`, groupId: `g${i >> 2}` })));
}

export interface LogLine {
  level: string;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

/** Log lines, kept. */
export function keptLog(): { lines: LogLine[]; log: HostLog } {
  const lines: LogLine[] = [];
  return { lines, log: (level, message, fields) => void lines.push({ level, message, fields }) };
}

/** Waits until the condition holds, for as long as the spec's own time limit lets it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 5));
}
