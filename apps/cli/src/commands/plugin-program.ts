import { type Command, Option } from 'commander';
import type { Actions } from '../actions';
import { CHOICES } from '../arguments/choices';
import { nameList, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import { MAX_LATE_BATCHES } from '../reward/patient-scorer';
import type { ListPluginsOptions, NewPluginOptions, ScoreOptions, TestPluginOptions } from '../options';

const DEFAULT_DEADLINE_MS = 60_000;
const ANSWER_DEADLINE_MS = 10_000;
const MAX_DEADLINE_MS = 86_400_000;

const ROLLOUT_HELP = [
  '',
  'A rollout is a line of JSON:',
  '  {"id": "r1", "groupId": "g1", "task": "qa", "completion": "<think>…", "truth": {"label": "B"}, "tokens": 212}',
  '  {"id": "r2", "groupId": "g2", "task": "tag", "completion": "…", "truth": {"normal": false, "spanSec": [3.5, 8]},',
  '   "tokens": {"total": 212, "firstRound": 96}, "durationSec": 20}',
  'Without "tokens" lengths are counted in words, which is said. Lines of a group stand next to each other where a plugin',
  'scores groups as a whole. With --json each line of standard output is {"id", "scores": {PLUGIN: SCORE}}, in the order of',
  'the input, and a SCORE one of {"kind": "scored", "value", "parts"}, {"kind": "abstained", "because"} and',
  '{"kind": "failed", "error"}. The first line that is no rollout ends the command with exit code 1; with --json the scores of',
  'the lines before it have been printed. Exit code 3: all was scored, but a plugin failed on some rollouts.',
].join('\n');

export function addPluginCommands(program: Command, actions: Actions, run: Run): void {
  const plugin = program.command('plugin').description('Find, check and write reward plugins.');

  common(plugin.command('list'))
    .summary('which reward plugins are here')
    .description(
      'Lists the built-in reward plugins, those installed, and those named, by their manifests; none is run.',
    )
    .option('--plugins <a,b>', 'also these packages, or folders of one or several', nameList, [])
    .addHelpText('after', examples('srvau plugin list', 'srvau plugin list --plugins ./my-rewards --json'))
    .action((options: ListPluginsOptions) => run(actions.listPlugins(options)));

  common(plugin.command('test'))
    .summary('run the conformance kit on a plugin')
    .description('Checks a plugin with its golden.json, as the conformance kit does. Exit code 1 when a check fails.')
    .argument('<path>', 'folder or name of the package')
    .option(
      '--deadline-ms <ms>',
      "the plugin's time for each answer; a loop that goes on after it ends the test",
      wholeNumber(1, MAX_DEADLINE_MS),
      ANSWER_DEADLINE_MS,
    )
    .addHelpText('after', examples('srvau plugin test ./brevity-reward', 'srvau plugin test @srvau/task-reward --json'))
    .action((path: string, options: Omit<TestPluginOptions, 'path'>) => run(actions.testPlugin({ ...options, path })));

  common(plugin.command('new'))
    .summary('write the package of a new plugin')
    .description(
      'Writes a package with source, spec, golden values and README, which builds and passes as it is: in a checkout of\n' +
        'SRVAU under plugins/, elsewhere as a package of its own.',
    )
    .argument('<id>', 'id of the plugin: lower-case words joined by -')
    .option('--out <dir>', 'folder to write: new or empty (default: <id>-reward)')
    .addHelpText('after', examples('srvau plugin new brevity', 'srvau plugin new brevity --out ../brevity'))
    .action((id: string, options: Omit<NewPluginOptions, 'id'>) => run(actions.newPlugin({ ...options, id })));
}

export function addRewardCommands(program: Command, actions: Actions, run: Run): void {
  const reward = program.command('reward').description('Score completions by reward plugins.');

  common(reward.command('score'))
    .summary('score rollouts, in this process')
    .description('Scores completions of a policy by reward plugins, and shows statistics or, with --json, each score.')
    .requiredOption('--plugins <a,b>', 'task, reflection, temporal-iou, names of packages, or folders', nameList)
    .requiredOption('--rollouts <file>', 'JSON lines, see below; - for standard input')
    .option('--options <json>', 'options by plugin id, as JSON, a file of it, or -: {"task": {"formatScore": 1}}')
    .addOption(
      new Option('--grammar <grammar>', 'what the policy was taught to write')
        .choices(CHOICES.grammars)
        .default('reflective'),
    )
    .option(
      '--deadline-ms <ms>',
      `a plugin's time for one batch; what is late is failed, and after ${MAX_LATE_BATCHES} late batches in a row all the rest`,
      wholeNumber(1, MAX_DEADLINE_MS),
      DEFAULT_DEADLINE_MS,
    )
    .addHelpText(
      'after',
      [
        examples(
          'srvau reward score --plugins task,reflection,temporal-iou --rollouts rollouts.jsonl',
          'srvau reward score --plugins task,./my-reward --rollouts - --json < rollouts.jsonl > scores.jsonl',
        ),
        ROLLOUT_HELP,
      ].join('\n'),
    )
    .action((options: ScoreOptions) => run(actions.rewardScore(options)));
}
