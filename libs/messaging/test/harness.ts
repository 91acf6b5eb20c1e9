import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsLink } from '../src/connection/link';
import { NatsServerProcess, type NatsServerOptions } from '../src/connection/nats-server';

/** A real nats-server in a directory of its own, for specs; `close` ends it and removes its files. */
export class NatsHarness {
  private readonly links: NatsLink[] = [];

  private constructor(
    readonly dir: string,
    public server: NatsServerProcess,
  ) {}

  static async start(options: Partial<NatsServerOptions> = {}): Promise<NatsHarness> {
    const dir = await mkdtemp(join(tmpdir(), 'srvau-nats-'));
    return new NatsHarness(dir, await NatsServerProcess.start({ dir, ...options }));
  }

  link(name = 'spec'): NatsLink {
    const link = new NatsLink({ config: { servers: [this.server.url] }, name });
    this.links.push(link);
    return link;
  }

  /** Kills the server as a crash would; `restart` brings it back on the same port with the same files. */
  async kill(): Promise<void> {
    await this.server.kill();
  }

  async restart(): Promise<void> {
    this.server = await NatsServerProcess.start({ dir: this.dir, port: this.server.port });
  }

  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.drain()));
    await this.server.kill();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Waits for a condition instead of for a time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(20);
  }
}
