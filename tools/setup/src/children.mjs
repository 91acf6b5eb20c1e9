import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { killGroup } from './processes.mjs';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** A signal asked set-up or its job to stop. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.exitStatus = 128 + constants.signals[signal];
  }
}

/**
 * The programs we start. A signal to us becomes a signal to them, and we end only after they have.
 */
export class Children {
  /** @type {Set<{send: (signal: NodeJS.Signals) => void}>} */
  #running = new Set();
  /** @type {NodeJS.Signals | null} */
  #stopping = null;
  /** @type {Map<NodeJS.Signals, () => void>} */
  #handlers = new Map();

  listen() {
    for (const signal of SIGNALS) {
      const handler = () => this.#stop(signal);
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
  }

  unlisten() {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#handlers.clear();
  }

  /**
   * Runs the job itself: it owns the terminal and shares our process group, so Ctrl-C reaches it without our help.
   *
   * @param {string} file
   * @param {readonly string[]} args
   * @param {{cwd: string, env?: NodeJS.ProcessEnv}} options
   * @returns {Promise<number>} exit status, 128 + n when signal n ended it
   */
  async run(file, args, { cwd, env = process.env }) {
    this.throwIfStopping();
    const child = spawn(file, args, { cwd, env, stdio: 'inherit' });
    const send = (/** @type {NodeJS.Signals} */ signal) => {
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    const { code, signal } = await this.#ended(child, send);
    return code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  }

  /**
   * Runs a step of set-up in a process group of its own, so that stopping it reaches its children's children too.
   *
   * @param {string} file
   * @param {readonly string[]} args
   * @param {{cwd: string, env: NodeJS.ProcessEnv, output: number, started?: (pid: number) => void}} options
   *   `output`: file descriptor that takes what it prints; a file, not a pipe, so that it survives our death
   * @returns {Promise<boolean>} whether it succeeded
   * @throws Interrupted when we were told to stop meanwhile
   */
  async runGroup(file, args, { cwd, env, output, started }) {
    this.throwIfStopping();
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', output, output], detached: true });
    const { pid } = child;
    if (pid !== undefined) started?.(pid);
    const { code } = await this.#ended(child, (signal) => {
      if (pid !== undefined && child.exitCode === null) killGroup(pid, signal);
    });
    this.throwIfStopping();
    return code === 0;
  }

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {(signal: NodeJS.Signals) => void} send
   * @returns {Promise<{code: number | null, signal: NodeJS.Signals | null}>}
   */
  async #ended(child, send) {
    const entry = { send };
    this.#running.add(entry);
    try {
      return await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => resolve({ code, signal }));
      });
    } finally {
      this.#running.delete(entry);
    }
  }

  /** @param {NodeJS.Signals} signal */
  #stop(signal) {
    // Whoever asks twice does not want to wait.
    const passedOn = this.#stopping === null || signal === 'SIGINT' ? signal : 'SIGKILL';
    this.#stopping ??= signal;
    for (const { send } of this.#running) send(passedOn);
  }

  /** @throws Interrupted once a signal has come */
  throwIfStopping() {
    if (this.#stopping !== null) throw new Interrupted(this.#stopping);
  }
}
