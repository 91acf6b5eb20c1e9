import type { Command } from 'commander';
import type { Actions } from '../actions';
import { temperature, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { EvaluateJudgeOptions } from '../evaluate/judge-options';

const MAX_REPEATS = 10;

const ITEM_HELP = [
  '',
  'Items are JSON, one object a line; of a reference at least one field besides the question:',
  '  {"id": "v1", "candidate": "A man climbs over the fence …",',
  '   "reference": {"description": "…", "reasoning": "…", "anomalyClass": "Burglary", "keyObject": "fence", "question": "…"}}',
  'The judge gives five marks, 0 to 10: classification (CLS), key concepts (KM), fluency (FLU), informativeness (INF), facts',
  '(FAC). A reply that cannot be taken goes back with what is wrong, up to three in all; then the item has no marks and is',
  'counted. --out holds every reply. Killed at any moment, the same command with the same --out goes on and asks nothing twice.',
].join('\n');

export function addJudgeCommand(evaluate: Command, actions: Actions, run: Run): void {
  common(evaluate.command('judge'))
    .summary('have descriptions marked by a judge (VAU-Eval)')
    .description('Has a language model mark descriptions of videos along the five dimensions of VAU-Eval.')
    .requiredOption('--items <file>', 'JSON lines, see below; a path, file:///… or s3://…')
    .requiredOption('--judge <uri>', 'a model, e.g. openai:https://api.deepseek.com/v1#deepseek-chat')
    .option('--repeats <count>', 'times each item is judged (default: 1)', wholeNumber(1, MAX_REPEATS))
    .option('--temperature <number>', 'of the judge (default: 0)', temperature)
    .option('--max-new-tokens <count>', 'of one reply (default: 1024)', wholeNumber(1, 1_000_000))
    .option('--seed <seed>', '(default: 0)', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--out <dir>', 'directory for the judgements (default: one of the service)')
    .option('--idempotency-key <key>', 'the same key means the same job, also when that is over')
    .option('--detach', 'submit the job and leave; services must keep running (srvau up, or SRVAU_NATS_URL)', false)
    .addHelpText(
      'after',
      [
        examples(
          'srvau evaluate judge --items descriptions.jsonl --judge openai:https://api.deepseek.com/v1#deepseek-chat --out judged',
          'srvau evaluate judge --items d.jsonl --judge openai:http://localhost:8000/v1#judge --repeats 3 --json | jq .agreement',
        ),
        ITEM_HELP,
      ].join('\n'),
    )
    .action((options: EvaluateJudgeOptions) => run(actions.evaluateJudge(options)));
}
