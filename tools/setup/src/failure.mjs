/** Set-up cannot go on, for a reason that the person at the keyboard can mend. */
export class SetupFailure extends Error {
  /**
   * @param {string} message
   * @param {{fixes?: readonly string[], logFile?: string, output?: string}} [about] `output`: what the failing step printed
   */
  constructor(message, { fixes = [], logFile, output } = {}) {
    super(message);
    this.fixes = fixes;
    this.logFile = logFile;
    this.output = output;
  }
}
