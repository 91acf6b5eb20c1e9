import { readFileSync } from 'node:fs';
import { TestEnvironment } from 'jest-environment-node';

/**
 * jest's own environment for Node.js, for workers that may have loaded libtorch.
 *
 * When such a process ends, libtorch takes the thousands of operators that it has registered off its tables one by one:
 * 0.1 s with a core to itself, more than a second where others want it. jest gives a worker half a second, kills it
 * then, and says that tests leak. There is nothing left to save by then, so the worker ends at once.
 */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    const isWorker = process.argv[1]?.includes('jest-worker') === true;
    if (isWorker && !process.listeners('exit').includes(endAtOnce)) process.on('exit', endAtOnce);
  }
}

function endAtOnce(code) {
  if (code === 0 && hasLibtorch()) process.kill(process.pid, 'SIGKILL');
}

function hasLibtorch() {
  try {
    return readFileSync('/proc/self/maps', 'utf8').includes('libtorch');
  } catch {
    return false; // a system without /proc
  }
}
