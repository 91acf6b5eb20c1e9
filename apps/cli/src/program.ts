import { Command, Help, Option } from 'commander';
import type { Actions } from './actions';
import { CHOICES } from './arguments/choices';
import { positiveNumber, serviceList, wholeNumber } from './arguments/values';
import { addBuildCommand } from './commands/build-program';
import { addEvaluateCommands } from './commands/evaluate-program';
import { addModelCommands } from './commands/model-program';
import { addPluginCommands, addRewardCommands } from './commands/plugin-program';
import { addReflectCommands } from './commands/reflect-program';
import { addRunsCommands } from './commands/runs-program';
import { addSynthCommands } from './commands/synth-program';
import { addTrainCommands } from './commands/train-program';
import { common, examples, type Run } from './command';
import { EXIT, EXIT_CODE_HELP } from './exit';
import type {
  DoctorOptions,
  IngestOptions,
  JobOptions,
  ListJobsOptions,
  RequestOptions,
  ResumeJobOptions,
  ShowDatasetOptions,
  UpOptions,
} from './options';

export interface ProgramOutput {
  out(text: string): void;
  err(text: string): void;
}

/** The first HTTP port of `srvau up`: 7101 for dataset, and so on in the order of the services. */
const DEFAULT_PORT_BASE = 7101;

/** Builds the command tree. @param setExitCode is given what an action returns */
export function buildProgram(
  actions: Actions,
  version: string,
  output: ProgramOutput,
  setExitCode: (code: number) => void,
): Command {
  const program = new Command('srvau')
    .description(
      'Finds, explains and time-stamps anomalies in video: datasets, models, rewards, training, services and jobs of SRVAU.',
    )
    .version(version)
    .exitOverride()
    // Errors are reported in one place, for people or as JSON: see main.ts.
    .configureOutput({ writeOut: output.out, writeErr: output.err, outputError: () => undefined })
    // That a flag is off by default needs no words.
    .configureHelp({ optionDescription: (option) => (option.isBoolean() ? option.description : described(option)) })
    .addHelpText('after', rootHelp());
  const run = async (work: Promise<number>): Promise<void> => setExitCode(await work);

  common(program.command('up'))
    .summary('run NATS and the services on this machine')
    .description(
      'Runs NATS (or uses SRVAU_NATS_URL) and the services on this machine until Ctrl-C. They listen on this machine alone, ' +
        'and may read what you may, and ask models anywhere with your keys: SRVAU_FILE_ROOTS and SRVAU_MODEL_ENDPOINTS ' +
        'narrow that where other people work here.',
    )
    .option('--services <a,b>', `which services (default: ${CHOICES.services.join(',')})`, serviceList)
    .option(
      '--port-base <port>',
      'HTTP port of the first service, the others follow; 0: any free ones',
      wholeNumber(0, 65_000),
      DEFAULT_PORT_BASE,
    )
    .option('--logs', 'show the logs of all services', false)
    .addHelpText('after', examples('srvau up', 'srvau up --services dataset,reward --port-base 0 --logs'))
    .action((options: UpOptions) => run(actions.up({ ...options, services: options.services ?? CHOICES.services })));

  common(program.command('doctor'))
    .summary('check this machine')
    .description('Checks that this machine has what SRVAU needs, and says how to get what is missing.')
    .addHelpText('after', examples('srvau doctor', "srvau doctor --json | jq '.checks[] | select(.ok | not)'"))
    .action((options: DoctorOptions) => run(actions.doctor(options)));

  common(program.command('request'))
    .summary('ask a service something')
    .description(
      'Sends one request to a service over NATS and prints its answer: to the services of `srvau up` in this folder, or to\n' +
        'those at SRVAU_NATS_URL.',
    )
    .argument('<subject>', 'e.g. srvau.reward.plugins')
    .argument('[body]', 'JSON as it is, a file of it, or - for standard input (default: {})')
    .option('--timeout-ms <ms>', 'how long to wait for the answer', wholeNumber(1, 86_400_000), 10_000)
    .addHelpText(
      'after',
      examples(
        'srvau request srvau.reward.plugins',
        `srvau request srvau.reward.load '{"source": "/plugins/brevity-reward"}'`,
        'srvau request srvau.reward.score score.json --json | jq .columns.task.values',
      ),
    )
    .action((subject: string, body: string | undefined, options: Omit<RequestOptions, 'subject' | 'body'>) =>
      run(actions.request({ ...options, subject, ...(body === undefined ? {} : { body }) })),
    );

  addDatasetCommands(program, actions, run);
  addSynthCommands(program, actions, run);
  addTrainCommands(program, actions, run);
  addRunsCommands(program, actions, run);
  addJobCommands(program, actions, run);
  addModelCommands(program, actions, run);
  addPluginCommands(program, actions, run);
  addRewardCommands(program, actions, run);
  addEvaluateCommands(program, actions, run);
  return program;
}

function addDatasetCommands(program: Command, actions: Actions, run: Run): void {
  const dataset = program.command('dataset').description('Make datasets and look at them.');

  common(dataset.command('ingest'))
    .summary('annotations + videos → a dataset directory')
    .description(
      'Turns annotations and videos into a dataset directory: manifest, frames, statistics, and every exclusion with\n' +
        'its reason. Interrupted at any point, the same command goes on from what is done.',
    )
    .requiredOption('--annotations <file>', 'VAU-Bench CSV or JSONL; a path, file:///… or s3://…')
    .requiredOption('--videos <dir>', 'folder of the videos; a path, file:///… or s3://bucket/prefix')
    .requiredOption('--out <dir>', 'directory to write: new, empty, or an earlier ingest of the same inputs')
    .addOption(
      new Option('--format <format>', 'form of the annotations (default: by file name)').choices(CHOICES.formats),
    )
    .option('--strict', 'fail when a video is missing or unreadable, instead of listing it')
    .option('--fps <number>', 'frames sampled per second of video (default: 1)', positiveNumber)
    .addOption(
      new Option('--source <source>', 'benchmark of all rows (default: by video name)').choices(CHOICES.sources),
    )
    .addOption(new Option('--split <split>', 'split of all rows (default: by file name)').choices(CHOICES.splits))
    .option('--idempotency-key <key>', 'the same key means the same job, also when that is over')
    .option('--detach', 'submit the job and leave; services must keep running (srvau up, or SRVAU_NATS_URL)', false)
    .addHelpText(
      'after',
      [
        examples(
          'srvau dataset ingest --annotations msad_test.csv --videos clips/ --out datasets/msad',
          'srvau dataset ingest --annotations a.jsonl --videos s3://cctv/clips --out d --strict --json | jq .rows',
        ),
        '',
        'Ctrl-C cancels the job and waits for it to stop; a second Ctrl-C leaves the job as it is.',
        'With --json the last line of standard output is the summary; everything else goes to standard error.',
      ].join('\n'),
    )
    .action((options: IngestOptions) => run(actions.datasetIngest(options)));

  addBuildCommand(dataset, actions, run);

  common(dataset.command('show'))
    .summary('statistics and first rows of a dataset')
    .description(
      'Shows what a dataset directory holds. Of ingested rows: counts, durations, exclusions by reason. Of reflections: splits,\n' +
        'transitions, words, attempts, rejects by reason, cost. And the first rows, or records with transcripts in colours.',
    )
    .argument('<dir>', 'directory of srvau dataset ingest, build or import')
    .option('--samples, --limit <rows>', 'rows or records to show', wholeNumber(0, 10_000), 3)
    .option('--id <id>', 'show this row or record alone')
    .addHelpText(
      'after',
      examples(
        'srvau dataset show datasets/msad',
        'srvau dataset show reflect/msad --samples 10 | less -R',
        'srvau dataset show reflect/msad --id yard.mp4:qa:0',
        'srvau dataset show d --json | jq .statistics',
      ),
    )
    .action((dir: string, options: Omit<ShowDatasetOptions, 'dir'>) => run(actions.datasetShow({ ...options, dir })));

  addReflectCommands(dataset, actions, run);
}

function addJobCommands(program: Command, actions: Actions, run: Run): void {
  const jobs = program.command('jobs').description('Look after jobs.');
  const forOne = (name: string, summary: string, example: string): Command =>
    common(jobs.command(name)).summary(summary).argument('<id>', 'job id').addHelpText('after', examples(example));

  common(jobs.command('ls'))
    .summary('list jobs, newest first')
    .description('Lists jobs, newest first.')
    .addOption(new Option('--state <state>', 'only those in this state').choices(CHOICES.states))
    .option('--kind <kind>', 'only those of this kind, e.g. dataset.ingest')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 1000), 20)
    .addHelpText('after', examples('srvau jobs ls', 'srvau jobs ls --state failed --json'))
    .action((options: ListJobsOptions) => run(actions.listJobs(options)));

  forOne('show', 'everything about a job', 'srvau jobs show 0mkj2x9ab-5f0e3d2c1b0a9f8e')
    .description('Shows everything about a job: state, progress, error, request and result.')
    .action((jobId: string, options: Omit<JobOptions, 'jobId'>) => run(actions.showJob({ ...options, jobId })));

  forOne('watch', 'follow a job to its end', 'srvau jobs watch 0mkj2x9ab-5f0e3d2c1b0a9f8e --json')
    .description(
      'Follows a job to its end. With --json: one line a change, each the whole record.\n' +
        'Ctrl-C ends the watching, not the job; without SRVAU_NATS_URL it also takes down a worker started for it.',
    )
    .action((jobId: string, options: Omit<JobOptions, 'jobId'>) => run(actions.watchJob({ ...options, jobId })));

  forOne('cancel', 'stop a job', 'srvau jobs cancel 0mkj2x9ab-5f0e3d2c1b0a9f8e')
    .description('Cancels a waiting job at once, and asks the worker of a running one to stop.')
    .action((jobId: string, options: Omit<JobOptions, 'jobId'>) => run(actions.cancelJob({ ...options, jobId })));

  forOne('resume', 'queue a failed or cancelled job again', 'srvau jobs resume 0mkj2x9ab-5f0e3d2c1b0a9f8e --watch')
    .description('Queues a failed or cancelled job again; it goes on from its last durable step.')
    .option('-w, --watch', 'follow it to its end', false)
    .action((jobId: string, options: Omit<ResumeJobOptions, 'jobId'>) => run(actions.resumeJob({ ...options, jobId })));
}

const described = (option: Option): string => new Help().optionDescription(option);

function rootHelp(): string {
  return [
    examples(
      'srvau doctor',
      'srvau dataset ingest --annotations test.csv --videos clips/ --out datasets/test',
      'srvau up',
    ),
    '',
    'Without SRVAU_NATS_URL a command brings up what it needs on this machine and takes it down again.',
    '',
    'Environment:',
    '  SRVAU_NATS_URL  NATS to use; services are then expected to run there',
    '  SRVAU_HOME      state directory: embedded NATS, logs, frame cache (default: .srvau)',
    '  SRVAU_APPS_DIR  folder that holds <service>/dist/main.js, where they are not installed as packages',
    '  SRVAU_DEBUG     1: show where errors come from',
    '  NO_COLOR        no colours',
    '',
    'Exit codes:',
    ...EXIT_CODE_HELP.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
  ].join('\n');
}

/** The words of the deepest command that `argv` names, e.g. `srvau dataset ingest`; for a hint at its help. */
export function commandPath(program: Command, argv: readonly string[]): string {
  const names = [program.name()];
  let at: Command | undefined = program;
  for (const word of argv) {
    at = at.commands.find((command) => command.name() === word);
    if (at === undefined) break;
    names.push(at.name());
  }
  return names.join(' ');
}

/** Exit code of what commander throws: help and version are no errors. */
export function commanderExitCode(code: string, exitCode: number): number {
  if (exitCode === 0 || code === 'commander.helpDisplayed' || code === 'commander.version') return EXIT.ok;
  return EXIT.usage;
}
