import { resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { limitsFrom, type PluginColumn, type PluginInfo, RewardPlugins, RolloutBatch } from '@srvau/reward-host';
import type { ScoreOutcome } from '@srvau/reward-sdk';
import { standardInput } from '../arguments/standard-input';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import type { ScoreOptions } from '../options';
import { pluginLog } from '../render/plugin-log';
import { ScoreView } from '../render/score-view';
import { lengthNote, scoresText } from '../render/scores';
import { printable } from '../render/text';
import { readPluginOptions } from '../reward/options-argument';
import { PatientScorer } from '../reward/patient-scorer';
import { rolloutBatches, rolloutSource } from '../reward/rollout-lines';
import { Tally } from '../reward/tally';

/** How the lengths of rollouts were known. */
export interface LengthCount {
  rows: number;
  /** Of these the lengths are counted in words. */
  withoutTokens: number;
}

/** `srvau reward score`: scores JSON lines in this process; needs no service. */
export async function rewardScore(options: ScoreOptions, io: Io): Promise<number> {
  const { terminal, interrupts, cwd } = io;
  if (options.rollouts === '-' && options.options === '-')
    throw usageError('expected --rollouts or --options from standard input, received both');
  const plugins = new RewardPlugins({
    ...{ from: cwd, log: pluginLog(terminal, options.verbose) },
    limits: limitsFrom(process.env),
  });
  let view: ScoreView | undefined;
  try {
    const infos = await load(plugins, options, io);
    const tallies = new Map(infos.map(({ id }) => [id, new Tally()]));
    const lengths: LengthCount = { rows: 0, withoutTokens: 0 };
    const path = options.rollouts === '-' ? '-' : resolve(cwd, options.rollouts);
    const wholeGroups = infos.some(({ scope }) => scope === 'group');
    const { signal } = interrupts;
    const { deadlineMs } = options;
    const source = rolloutSource(path, standardInput(signal));
    view = new ScoreView(terminal, deadlineMs, () => source.share());
    const scorer = new PatientScorer(plugins, infos, { signal, deadlineMs }, view);
    for await (const rows of rolloutBatches(source, { wholeGroups })) {
      signal.throwIfAborted();
      const columns = await scorer.score(new RolloutBatch(rows, options.grammar));
      for (const { info, outcomes } of columns) tallies.get(info.id)?.add(outcomes);
      view.scored(rows.length);
      lengths.rows += rows.length;
      lengths.withoutTokens += rows.filter(({ tokens }) => tokens === undefined).length;
      if (options.json) {
        view.clear();
        terminal.write(rows.map(({ id }, row) => `${jsonLine(id, row, columns)}\n`).join(''));
        // A reader slower than the plugins is waited for: a long file must not pile up here.
        await terminal.flushed();
      }
    }
    view.close();
    // More likely the wrong file, or a step before this one that failed, than what somebody wants scored.
    if (lengths.rows === 0) throw SrvauError.mismatch('UNPROCESSABLE', source.name, 'rollouts, one a line', 'none');
    const note = lengthNote(lengths);
    if (options.json) {
      for (const line of [note, ...failureNotes(infos, tallies)]) if (line !== undefined) terminal.note(line);
    } else terminal.print(scoresText(infos, tallies, note, terminal.colors));
    return [...tallies.values()].some(({ failed }) => failed > 0) ? EXIT.partial : EXIT.ok;
  } finally {
    view?.close();
    await plugins.close();
  }
}

async function load(plugins: RewardPlugins, options: ScoreOptions, { cwd, interrupts }: Io): Promise<PluginInfo[]> {
  const byId = await readPluginOptions(options.options, cwd, interrupts.signal);
  const infos: PluginInfo[] = [];
  const unused = new Set(Object.keys(byId));
  for (const source of options.plugins) {
    const id = plugins.find(source).id;
    const own = byId[id];
    infos.push(await plugins.load(source, own === undefined ? {} : { options: own }));
    unused.delete(id);
  }
  const [stranger] = unused;
  if (stranger === undefined) return infos;
  const expected = `ids of the plugins: ${infos.map(({ id }) => id).join(', ')}`;
  throw SrvauError.mismatch('INVALID_REQUEST', '--options', expected, stranger);
}

/** The form is fixed: others script against it. */
function jsonLine(id: string, row: number, columns: readonly PluginColumn[]): string {
  const scores = Object.fromEntries(columns.map(({ info, outcomes }) => [info.id, jsonOutcome(outcomes[row])]));
  return JSON.stringify({ id, scores });
}

function jsonOutcome(outcome: ScoreOutcome | undefined): object | undefined {
  return outcome?.kind === 'scored' ? { kind: 'scored', value: outcome.value, parts: outcome.parts ?? {} } : outcome;
}

function failureNotes(infos: readonly PluginInfo[], tallies: ReadonlyMap<string, Tally>): string[] {
  return infos.flatMap(({ id }) => {
    const { failed = 0, rows = 0, firstError = '' } = tallies.get(id) ?? {};
    return failed === 0 ? [] : [`${id}: ${failed} of ${rows} rollouts failed; the first: ${printable(firstError)}`];
  });
}
