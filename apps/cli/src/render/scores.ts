import type { PluginInfo } from '@srvau/reward-host';
import type { LengthCount } from '../commands/reward-score';
import type { Summary, Tally } from '../reward/tally';
import type { Colors } from '../terminal';
import { table } from './table';
import { countText, printable } from './text';

const HEAD = ['PLUGIN', 'ROWS', 'SCORED', 'ABSTAINED', 'FAILED', 'MEAN', 'STD', 'MIN', 'MAX'];

/** Statistics of each plugin, its parts below it, then why it abstained and failed. */
export function scoresText(
  infos: readonly PluginInfo[],
  tallies: ReadonlyMap<string, Tally>,
  note: string | undefined,
  colors: Colors,
): string {
  const rows: string[][] = [];
  const remarks: string[] = note === undefined ? [] : [note];
  for (const info of infos) {
    const tally = tallies.get(info.id);
    if (tally === undefined) continue;
    const label = `${info.id}@${info.scoreVersion}`;
    const counts = [tally.rows, tally.values.count, tally.abstained, tally.failed].map(countText);
    rows.push([label, ...counts, ...spread(tally.values)]);
    for (const [name, part] of tally.parts) {
      rows.push([colors.dim(`  ${printable(name)}`), '', countText(part.count), '', '', ...spread(part)]);
    }
    for (const [reason, count] of tally.reasons) remarks.push(`${label} abstained: ${printable(reason)} (${count})`);
    if (tally.firstError !== undefined) {
      remarks.push(colors.red(`${label} failed on ${tally.failed}; the first: ${printable(tally.firstError)}`));
    }
  }
  const right = HEAD.map((_, column) => column).slice(1);
  return [table(rows, colors, { head: HEAD, right }), ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n');
}

/** Lengths in words are not what the paper's reward is about: it has to be said. */
export function lengthNote({ rows, withoutTokens }: LengthCount): string | undefined {
  if (withoutTokens === 0) return undefined;
  const which = withoutTokens === rows ? 'all rollouts' : `${withoutTokens} of ${rows} rollouts`;
  return `lengths are counted in words between white space, not in tokens, for ${which}: no "tokens" given`;
}

function spread({ count, mean, std, min, max }: Summary): string[] {
  return count === 0 ? ['-', '-', '-', '-'] : [mean, std, min, max].map(numberText);
}

const numberText = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(4));
