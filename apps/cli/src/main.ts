import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { lazyActions } from './actions';
import { type CliError, EXIT, exitCodeOf, usageError } from './exit';
import { Interrupts } from './interrupts';
import { lostOutput } from './lost-output';
import { buildProgram, commandPath, commanderExitCode } from './program';
import { Terminal } from './terminal';

const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };

async function main(argv: readonly string[]): Promise<number> {
  const { env } = process;
  const terminal = new Terminal(process.stdout, process.stderr, env);
  const interrupts = new Interrupts((code) => process.exit(code));
  interrupts.listen(process);
  const output: { lost?: CliError } = {};
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    output.lost ??= lostOutput(error);
    interrupts.stop(output.lost.exitCode, output.lost.message);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);

  let exitCode: number = EXIT.ok;
  const actions = lazyActions(({ verbose }) => ({ terminal, interrupts, env, cwd: process.cwd(), verbose }));
  const streams = {
    out: (text: string) => process.stdout.write(text),
    err: (text: string) => process.stderr.write(text),
  };
  const program = buildProgram(actions, version, streams, (code) => (exitCode = code));
  const report = async (error: unknown, hint?: string): Promise<void> => {
    const { errorJson, errorText } = await import('./render/error.js');
    if (argv.includes('--json')) terminal.note(JSON.stringify(errorJson(error)));
    else {
      terminal.note(errorText(error, terminal.noteColors, (env['SRVAU_DEBUG'] ?? '') !== ''));
      if (hint !== undefined) terminal.note(hint);
    }
  };
  const run = async (): Promise<number> => {
    try {
      await program.parseAsync(argv, { from: 'user' });
      return exitCode;
    } catch (error) {
      if (output.lost !== undefined) return output.lost.exitCode;
      if (!(error instanceof CommanderError)) {
        await report(error);
        return exitCodeOf(error);
      }
      const code = commanderExitCode(error.code, error.exitCode);
      // `srvau dataset` alone has shown its help already.
      if (code === EXIT.ok || error.code === 'commander.help') return code;
      await report(usageError(error.message.replace(/^error: /, '')), `see: ${commandPath(program, argv)} --help`);
      return code;
    }
  };
  const code = await run();
  // What was written to a pipe that broke, or a disk that is full, shows only now.
  await printed();
  if (output.lost === undefined) return code;
  if (output.lost.exitCode !== EXIT.brokenPipe) await report(output.lost);
  return output.lost.exitCode;
}

/** Waits until what was printed has gone out, or failed. A file takes it at once, and an empty write could fail itself. */
async function printed(): Promise<void> {
  await new Promise((done) => {
    if (process.stdout instanceof Socket) process.stdout.write('', done);
    else setImmediate(done);
  });
}

void main(process.argv.slice(2)).then(async (code) => {
  // A connection that is still being tried must not keep the process; what was printed must go out first.
  await printed();
  process.stderr.write('', () => process.exit(code));
});
