import type { TrainSummary } from '@srvau/contracts';
import { mainMetrics, valueText } from '@srvau/runs';
import type { Colors } from '../terminal';
import { table } from './table';
import { plural, printable } from './text';

const STOPPED: Readonly<Record<NonNullable<TrainSummary['stoppedBy']>, string>> = {
  'early-stop': 'validation got no better',
  guard: 'a warning that ends the run; see its events',
};

/** The result of a training for people. `took` is how long the job ran, e.g. `12 s`. */
export function trainSummaryText(summary: TrainSummary, took: string | null, colors: Colors): string {
  const { out, steps, checkpoint, best, stoppedBy, metrics, warnings } = summary;
  const rows = [
    ['steps', String(steps)],
    ['checkpoint', printable(checkpoint)],
    ...(best === null
      ? []
      : [['best', printable(`${best.metric} ${valueText(best.value)} at step ${best.step}: ${best.checkpoint}`)]]),
    ...mainMetrics(Object.keys(metrics)).map((metric) => {
      const value = metrics[metric];
      return [printable(metric), typeof value === 'number' ? valueText(value) : colors.red('not finite')];
    }),
  ];
  const told = plural(warnings, 'warning');
  return [
    table(rows, colors),
    ...(stoppedBy === null ? [] : [`${colors.yellow('stopped early')}: ${STOPPED[stoppedBy]}`]),
    ...(warnings === 0 ? [] : [`${colors.yellow(told)}; see: srvau runs show ${printable(out)}`]),
    `${colors.green('✓')} ${printable(out)}${took === null ? '' : colors.dim(` in ${took}`)}`,
  ].join('\n\n');
}
