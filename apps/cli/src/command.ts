import type { Command } from 'commander';

/** Notes the exit code of a command's work. */
export type Run = (work: Promise<number>) => Promise<void>;

/** Gives a command the options that every command has. */
export function common(command: Command): Command {
  return command
    .option('--json', 'print JSON on standard output, and errors as JSON on standard error', false)
    .option('--verbose', 'show the logs of services that this command starts', false);
}

/** Example command lines, for the end of a help text. */
export function examples(...lines: string[]): string {
  return ['', lines.length === 1 ? 'Example:' : 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n');
}
