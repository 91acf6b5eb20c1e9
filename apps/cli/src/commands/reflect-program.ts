import { type Command, Option } from 'commander';
import type { Actions } from '../actions';
import { CHOICES } from '../arguments/choices';
import { splitShares, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { ExportDatasetOptions, ImportDatasetOptions, ReportDatasetOptions } from '../options';

/** `srvau dataset report`, `export` and `import`: what is done with D_reflect. */
export function addReflectCommands(dataset: Command, actions: Actions, run: Run): void {
  common(dataset.command('report'))
    .summary('D_reflect → an HTML page to look at')
    .description(
      'Writes one HTML page of a dataset of reflections: statistics, and records with frames, transcript in colours and\n' +
        'spans on a timeline. It holds all it shows, runs no script and fetches nothing.',
    )
    .argument('<dir>', 'directory of srvau dataset build or import')
    .requiredOption('--out <file>', 'HTML file to write')
    .option('--samples <records>', 'records to show', wholeNumber(0, 2000), 40)
    .option('--frames <count>', 'frames of each record', wholeNumber(0, 32), 6)
    .option('--dataset <dir>', 'parent dataset, for its frames (default: where the records were made from)')
    .addHelpText('after', examples('srvau dataset report reflect/msad --out msad.html --samples 100'))
    .action((dir: string, options: Omit<ReportDatasetOptions, 'dir'>) =>
      run(actions.datasetReport({ ...options, dir })),
    );

  common(dataset.command('export'))
    .summary('D_reflect → files for other trainers')
    .description(
      'Writes a dataset of reflections in the form that another trainer takes: transcripts to learn from by example, and for\n' +
        'trl and ms-swift questions to try answers to, with what is right in columns for reward functions.',
    )
    .argument('<dir>', 'directory of srvau dataset build or import')
    .addOption(new Option('--format <format>', 'the trainer').choices(CHOICES.exportFormats).makeOptionMandatory())
    .requiredOption('--out <dir>', 'directory to write: new or empty')
    .option('--videos <dir>', 'folder of the videos, for records that know only their names')
    .option('--frames <count>', 'trl, which takes no video: so many frames of each as images', wholeNumber(1, 1000))
    .option('--dataset <dir>', 'parent dataset, for its frames (default: where the records were made from)')
    .option('--no-parts', 'without the column from which import makes the same records again')
    .addHelpText(
      'after',
      examples(
        'srvau dataset export reflect/msad --format ms-swift --out swift/msad',
        'srvau dataset export reflect/msad --format trl --frames 16 --out trl/msad',
      ),
    )
    .action((dir: string, options: Omit<ExportDatasetOptions, 'dir'>) =>
      run(actions.datasetExport({ ...options, dir })),
    );

  common(dataset.command('import'))
    .summary("trainers' files → D_reflect")
    .description(
      'Makes a dataset of reflections of JSONL files. Of an export the same records as before; of conversations from elsewhere\n' +
        'records whose truth is what they end in. The first line that makes no record ends it, and nothing is written.',
    )
    .argument('<path>', 'a file, or a directory of them')
    .addOption(
      new Option('--format <format>', 'form of the lines').choices(CHOICES.importFormats).makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'directory to write: new or empty')
    .option('--splits <train,val,test>', 'deal the videos out anew, e.g. 0.8,0.1,0.1', splitShares)
    .option('--salt <text>', 'with --splits: another one deals them out otherwise', 'srvau')
    .addHelpText(
      'after',
      examples(
        'srvau dataset import swift/msad --format ms-swift --out reflect/again',
        'srvau dataset import theirs.jsonl --format llama-factory --splits 0.8,0.1,0.1 --out reflect/theirs',
      ),
    )
    .action((path: string, options: Omit<ImportDatasetOptions, 'path'>) =>
      run(actions.datasetImport({ ...options, path })),
    );
}
