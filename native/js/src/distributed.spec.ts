import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RankProcess, startRanks } from '../test/rank';
import { configJson, rejection } from '../test/reference';
import { Model, ProcessGroup, Trainer } from '.';

let dir: string;
const started: RankProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
});
afterEach(async () => {
  for (const rank of started) rank.kill();
  await Promise.all(started.splice(0).map((rank) => rank.ended));
  rmSync(dir, { recursive: true, force: true });
});

async function start(...options: Parameters<typeof startRanks>): Promise<RankProcess[]> {
  const ranks = await startRanks(...options);
  started.push(...ranks);
  return ranks;
}

function startOne(task: ConstructorParameters<typeof RankProcess>[0]): RankProcess {
  const rank = new RankProcess(task);
  started.push(rank);
  return rank;
}

/** A port that something else listens on for as long as `use` runs. */
async function withTakenPort<T>(use: (port: number) => Promise<T>): Promise<T> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => socket.destroy())));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use((server.address() as { port: number }).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('two ranks', () => {
  it.each(['sft', 'grpo'])('train as one process does, bit for bit: %s', async (kind) => {
    const grpo = kind === 'grpo';
    const together = join(dir, 'together');
    const alone = join(dir, 'alone');
    const ranks = await start(2, { do: 'train', grpo, dir: together });
    const [first, second] = await Promise.all(ranks.map((rank) => rank.next()));
    const wanted = await startOne({ do: 'train', rank: 0, worldSize: 0, port: 0, grpo, dir: alone }).next();
    expect(wanted.losses).toHaveLength(5);
    expect(first).toEqual(wanted);
    expect(second).toEqual(wanted);
    expect(await Promise.all(ranks.map((rank) => rank.ended))).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
    for (const file of ['model/model.safetensors', 'optimizer.safetensors']) {
      expect(readFileSync(join(together, file)).equals(readFileSync(join(alone, file)))).toBe(true);
    }
    // One process goes on from what two have saved.
    await using model = await Model.load(join(together, 'model'));
    await using trainer = await Trainer.create(model);
    await trainer.loadState(join(together, 'optimizer.safetensors'));
  });

  it('are told when their weights differ', async () => {
    const first = startOne({ do: 'train', rank: 0, worldSize: 2, port: 0, seed: 1 });
    const second = startOne({ do: 'train', rank: 1, worldSize: 2, port: await first.port(), seed: 2 });
    for (const { error } of await Promise.all([first.next(), second.next()])) {
      expect(error).toMatchObject({ code: 'PROCESS_GROUP' });
      expect(error?.message).toContain('expected the same weights on all ranks');
    }
  });

  it('are told when they belong to different groups', async () => {
    const first = startOne({ do: 'wait', rank: 0, worldSize: 2, port: 0 });
    const second = startOne({ do: 'wait', rank: 1, worldSize: 3, port: await first.port() });
    for (const { error } of await Promise.all([first.next(), second.next()])) {
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(error?.message).toContain('worldSize 3');
    }
  });

  it('do not outlive each other: one that is killed while they train fails the other', async () => {
    const [first, second] = await start(2, { do: 'train', steps: 1_000_000 });
    expect(await first?.next()).toEqual({ step: 20 });
    second?.kill();
    const message = await first?.next();
    expect(message?.error).toMatchObject({ code: 'PROCESS_GROUP' });
    expect(message?.error?.message).toContain('another rank has ended');
    expect(await first?.ended).toEqual({ code: 3, signal: null });
  });

  it('say it once, in our words, where the one that is killed is rank 0', async () => {
    const [first, second] = await start(2, { do: 'train', steps: 1_000_000 });
    expect(await second?.next()).toEqual({ step: 20 });
    first?.kill();
    const message = await second?.next();
    expect(message?.error).toMatchObject({ code: 'PROCESS_GROUP' });
    expect(await second?.ended).toEqual({ code: 3, signal: null });
    expect(second?.stderr).toBe('');
  });

  it('do not wait for each other longer than they are told', async () => {
    const [first] = await start(2, { do: 'wait', timeoutMs: 8000 });
    expect(await first?.next()).toEqual({ step: 0 });
    const message = await first?.next();
    expect(message?.error).toMatchObject({ code: 'PROCESS_GROUP' });
    expect(message?.error?.message).toContain('more than 8000 ms late');
  });

  it('can end while they wait', async () => {
    const [first] = await start(2, { do: 'exit' });
    expect(await first?.ended).toEqual({ code: 7, signal: null });
  });
});

describe('a process group', () => {
  it('of one rank is one', async () => {
    await using group = await ProcessGroup.join({ rank: 0, worldSize: 1, port: 0 });
    expect([...(await group.reduce([1, 2.5]))]).toEqual([1, 2.5]);
    await group.barrier();
    await using model = await Model.random({ json: configJson() }, { seed: 1 });
    await using trainer = await Trainer.create(model, { group });
    await group.dispose();
    await trainer.accumulateSft([{ prompt: { ids: [1] }, completion: [2], weights: [1] }]);
    expect(await trainer.step(0.01)).toMatchObject({ skipped: false });
    expect(await rejection(group.barrier())).toBeInstanceOf(TypeError);
  });

  it('names a port that is taken', async () => {
    await withTakenPort(async (port) => {
      const error = await rejection(ProcessGroup.join({ rank: 0, worldSize: 2, port }));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(error).toHaveProperty('message', expect.stringContaining(`port: expected one that is free`));
    });
  });

  it('is not joined where something else listens, or nothing', async () => {
    const options = { rank: 1, worldSize: 2, timeoutMs: 500 };
    const port = await withTakenPort(async (taken) => {
      expect(await rejection(ProcessGroup.join({ ...options, port: taken }))).toMatchObject({ code: 'PROCESS_GROUP' });
      return taken;
    });
    const error = await rejection(ProcessGroup.join({ ...options, port }));
    expect(error).toMatchObject({ code: 'PROCESS_GROUP' });
    expect(error).toHaveProperty('message', expect.stringContaining(`rank 0 at 127.0.0.1 port ${port}`));
  });

  it('names the ranks that did not come', async () => {
    const error = await rejection(ProcessGroup.join({ rank: 0, worldSize: 3, port: 0, timeoutMs: 200 }));
    expect(error).toHaveProperty('message', 'expected 3 ranks within 200 ms, these did not come: 1, 2');
  });

  it('need not be waited for', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const joining = ProcessGroup.join({
      rank: 0,
      worldSize: 2,
      port: 0,
      signal: controller.signal,
      onListening: () => controller.abort(reason),
    });
    expect(await rejection(joining)).toBe(reason);
  });

  it('refuses options by name', async () => {
    const refused = async (options: object): Promise<unknown> =>
      rejection(ProcessGroup.join({ rank: 0, worldSize: 1, port: 0, ...options }));
    expect(await refused({ rank: 1 })).toHaveProperty('message', expect.stringContaining('for rank but received 1'));
    expect(await refused({ worldSize: 0 })).toHaveProperty('message', expect.stringContaining('for worldSize'));
    expect(await refused({ port: 65_536 })).toHaveProperty('message', expect.stringContaining('0 to 65535 for port'));
    expect(await refused({ timeout: 5 })).toHaveProperty(
      'message',
      expect.stringContaining('received the field timeout'),
    );
    expect(await refused({ device: 'tpu' })).toHaveProperty('message', expect.stringContaining('cpu or cuda:N'));
    await using model = await Model.random({ json: configJson() }, { seed: 1 });
    const error = await rejection(Trainer.create(model, { group: model as unknown as ProcessGroup }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', 'Expected a ProcessGroup for group but received a Model');
  });
});
