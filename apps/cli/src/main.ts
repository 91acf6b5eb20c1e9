import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { lazyActions } from './actions';
import { EXIT, exitCodeOf, usageError } from './exit';
import { Interrupts } from './interrupts';
import { buildProgram, commandPath, commanderExitCode } from './program';
import { Terminal } from './terminal';

const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };

async function main(argv: readonly string[]): Promise<number> {
  const { env } = process;
  const terminal = new Terminal(process.stdout, process.stderr, env);
  const interrupts = new Interrupts((code) => process.exit(code));
  interrupts.listen(process);
  // `srvau … | head`: the reader has what it wanted.
  let readerGone = false;
  process.stdout.on('error', () => {
    readerGone = true;
    interrupts.stop(EXIT.brokenPipe, 'the reader of the output went away');
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);

  let exitCode: number = EXIT.ok;
  const actions = lazyActions(({ verbose }) => ({ terminal, interrupts, env, cwd: process.cwd(), verbose }));
  const output = {
    out: (text: string) => process.stdout.write(text),
    err: (text: string) => process.stderr.write(text),
  };
  const program = buildProgram(actions, version, output, (code) => (exitCode = code));
  const report = async (error: unknown, hint?: string): Promise<void> => {
    const { errorJson, errorText } = await import('./render/error.js');
    if (argv.includes('--json')) terminal.note(JSON.stringify(errorJson(error)));
    else {
      terminal.note(errorText(error, terminal.noteColors, (env['SRVAU_DEBUG'] ?? '') !== ''));
      if (hint !== undefined) terminal.note(hint);
    }
  };
  try {
    await program.parseAsync(argv, { from: 'user' });
    // What is written to a pipe that broke shows only now.
    await new Promise((done) => process.stdout.write('', done));
    return readerGone ? EXIT.brokenPipe : exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      const code = commanderExitCode(error.code, error.exitCode);
      // `srvau dataset` alone has shown its help already.
      if (code === EXIT.ok || error.code === 'commander.help') return code;
      await report(usageError(error.message.replace(/^error: /, '')), `see: ${commandPath(program, argv)} --help`);
      return code;
    }
    if (readerGone) return EXIT.brokenPipe;
    await report(error);
    return exitCodeOf(error);
  }
}

void main(process.argv.slice(2)).then((code) => {
  // A connection that is still being tried must not keep the process; what was printed must go out first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
});
