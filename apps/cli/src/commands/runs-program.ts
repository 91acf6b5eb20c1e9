import type { Command } from 'commander';
import type { Actions } from '../actions';
import { collect, smoothing, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { CompareRunsOptions, ListRunsOptions, PlotRunsOptions, ShowRunOptions } from '../runs/options';

const MAX = Number.MAX_SAFE_INTEGER;

/** `srvau runs`: reads run directories itself; needs no service. */
export function addRunsCommands(program: Command, actions: Actions, run: Run): void {
  const runs = program.command('runs').description('Look at training runs, also while they go on.');
  const withMetrics = (command: Command): Command =>
    command.option('--metric <pattern>', 'e.g. loss or "reward/*"; may be given again', collect);

  common(runs.command('ls'))
    .summary('list runs, newest first')
    .description('Lists the runs below a directory, newest first: state, steps, where their metrics stand.')
    .argument('[dir]', 'where to look', '.')
    .addHelpText(
      'after',
      examples('srvau runs ls', 'srvau runs ls runs --json | jq \'.runs[] | select(.state == "failed")\''),
    )
    .action((dir: string, options: Omit<ListRunsOptions, 'dir'>) => run(actions.listRuns({ ...options, dir })));

  withMetrics(common(runs.command('show')))
    .summary('everything about a run')
    .description(
      'Shows a run: state, what was set otherwise than by default, its metrics with their curves, and events.',
    )
    .argument('<dir>', 'directory of the run')
    .option('--events <count>', 'the newest events', wholeNumber(0, MAX), 8)
    .addHelpText('after', examples('srvau runs show runs/r1', 'srvau runs show runs/r1 --metric "val/*"'))
    .action((dir: string, options: Omit<ShowRunOptions, 'dir'>) => run(actions.showRun({ ...options, dir })));

  withMetrics(common(runs.command('compare')))
    .summary('what differs between runs, and what came of it')
    .description(
      'Holds runs against the first: settings that differ, newest and best values, and the distance to the first.',
    )
    .argument('<dirs...>', 'directories of runs, at least two')
    .addHelpText(
      'after',
      examples('srvau runs compare runs/r1 runs/r2', 'srvau runs compare runs/* --metric "*/mean" --json'),
    )
    .action((dirs: string[], options: Omit<CompareRunsOptions, 'dirs'>) =>
      run(actions.compareRuns({ ...options, dirs })),
    );

  withMetrics(common(runs.command('plot')))
    .summary('curves on the terminal, as SVG or as a page')
    .description(
      'Draws the metrics of runs over each other: on the terminal, or with --out as an SVG picture, or as an HTML page with\n' +
        'all metrics by area, configuration, events and transcripts. Both run no script and fetch nothing.',
    )
    .argument('<dirs...>', 'directories of runs')
    .option('--out <file>', 'file to write, .svg or .html')
    .option('--smooth <weight>', 'of what was before, from 0 to below 1, as in TensorBoard', smoothing, 0)
    .option('--samples <count>', 'completions on a page, whole groups', wholeNumber(0, 10_000), 24)
    .addHelpText(
      'after',
      [
        examples(
          'srvau runs plot runs/r1',
          'srvau runs plot runs/seed-* --metric "reward/*/mean" --smooth 0.6 --out curves.svg',
          'srvau runs plot runs/r1 runs/r2 --out runs.html',
        ),
        '',
        'Without --metric the terminal and SVG show the main metrics, a page and --json all of them.',
      ].join('\n'),
    )
    .action((dirs: string[], options: Omit<PlotRunsOptions, 'dirs'>) => run(actions.plotRuns({ ...options, dirs })));
}
