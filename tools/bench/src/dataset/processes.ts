import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const { resolve } = createRequire(__filename);

/** An endpoint that answers after `latencyMs`, as a process of its own; it ends with its standard input. */
export async function startEndpoint(latencyMs: number): Promise<{ url: string; stop(): Promise<void> }> {
  const program = join(dirname(resolve('@srvau/models/package.json')), 'test/fake-openai/main.mjs');
  const child = spawn(process.execPath, [program, '--latency', String(latencyMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const [url] = (await once(lines, 'line')) as [string];
  return {
    url,
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** Resident memory of a process in MiB. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
}

/** Processor time that a process has used, in seconds. */
export async function processorSec(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold anything: utime and stime are the 12th and 13th, in hundredths.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
