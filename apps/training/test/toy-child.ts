// A toy training in a process of its own, to kill it: `toy-child.ts ROOT STEPS`. Says each step that is done.
import { runLoop } from '../src/loop/run-loop';
import { openToy, toyConfig, toyContext, ToyObjective } from './toy';

const [root = '', steps = ''] = process.argv.slice(3);

async function train(): Promise<void> {
  const config = toyConfig({ checkpoints: { every: 4, keepLast: 2, keepEvery: 10 } });
  const context = toyContext();
  const progress = ({ done }: { done: number }): void => void process.stdout.write(`${done}\n`);
  await using run = await openToy(root, context, { config });
  await using objective = await ToyObjective.create(run, {
    steps: Number(steps),
    validateEvery: 6,
    warnings: (step) => (step % 7 === 0 ? [{ warning: 'kl-explodes', message: 'toy', stops: false }] : []),
  });
  const summary = await runLoop(objective, run, { ...context, progress }, config);
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

// When the spec that started this process is gone, its end of the pipe is closed.
process.stdin.resume().on('end', () => process.exit(1));

train().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(3);
  },
);
