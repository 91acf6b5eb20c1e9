import { relative, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { findRuns, readRun } from '@srvau/runs';
import { errnoOf } from '@srvau/storage';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { MAIN_COLUMNS, runJson, runTableText, type ListedRun } from '../render/runs';
import type { ListRunsOptions } from '../runs/options';

/** `srvau runs ls`: what lies below a directory, newest first. A run that cannot be read does not hide the others. */
export async function listRuns({ dir, json }: ListRunsOptions, io: Io): Promise<number> {
  const { terminal } = io;
  const root = resolve(io.cwd, dir);
  const listed: ListedRun[] = [];
  const problems: { dir: string; error: string }[] = [];
  for (const path of await found(root)) {
    try {
      // Long runs have dozens of metrics, of which a line shows two.
      const run = await readRun(path, { keep: (metric) => MAIN_COLUMNS.has(metric), signal: io.interrupts.signal });
      listed.push({ path: relative(io.cwd, path) || '.', run });
    } catch (error) {
      if (!(error instanceof SrvauError) || error.code !== 'UNPROCESSABLE') throw error;
      problems.push({ dir: path, error: error.message });
    }
  }
  listed.sort((a, b) => (a.run.record.createdAt < b.run.record.createdAt ? 1 : -1));
  if (json) {
    terminal.printJson({ runs: listed.map(({ run }) => runJson(run)), problems });
    return EXIT.ok;
  }
  for (const { error } of problems) terminal.note(error);
  if (listed.length === 0) terminal.note(`no runs below ${root}`);
  else terminal.print(runTableText(listed, Date.now(), terminal.colors));
  return EXIT.ok;
}

async function found(root: string): Promise<string[]> {
  try {
    return await findRuns(root);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
    throw SrvauError.mismatch('NOT_FOUND', root, 'a directory', 'none', { field: 'DIR', cause: error });
  }
}
