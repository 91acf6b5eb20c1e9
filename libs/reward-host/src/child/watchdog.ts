import { Worker } from 'node:worker_threads';
import { LIFELINE_FD } from './launch';

/**
 * Ends this process, and what it started, when the host is gone, also while a plugin computes without end: hence in a thread,
 * which waits without reading or polling. Import it before anything else.
 */
const program = `
  const { Socket } = require('node:net');
  new Socket({ fd: ${LIFELINE_FD} }).resume().once('close', () => process.kill(-process.pid, 'SIGKILL'));`;

const watchdog = new Worker(program, {
  ...{ eval: true, env: {}, argv: [], execArgv: [] },
  // Of 4 MB it would die at once.
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 1, stackSizeMb: 1 },
});
watchdog.unref();
