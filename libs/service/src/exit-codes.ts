/** Exit codes of service processes, from sysexits.h where it has one. */
export const EXIT = {
  /** Drained after a signal or the end of the parent. */
  ok: 0,
  /** A crash, a second signal, or a drain that took too long. */
  failure: 1,
  /** Wrong arguments on the command line. */
  usage: 64,
  /** Something that the process needs is not there: the HTTP port, the local NATS server. Trying again may help. */
  unavailable: 69,
  /** A wrong configuration variable. Trying again does not help. */
  config: 78,
} as const;

/** Ends the start of a process with a message for the person who started it. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';

  constructor(
    message: string,
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
