import { CliError, EXIT } from './exit';

/** Why what a command prints arrives nowhere. Only of a reader that went away, as in `srvau … | head`, nothing is said. */
export function lostOutput(error: NodeJS.ErrnoException): CliError {
  if (error.code === 'EPIPE') return new CliError(EXIT.brokenPipe, 'CANCELLED', 'the reader of the output went away');
  const advice = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? '; make room there and run it again' : '';
  const message = `standard output: expected it to take what is printed, received ${error.message}${advice}`;
  return new CliError(EXIT.outputLost, 'UNAVAILABLE', message, { cause: error });
}
