import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveGrpo, type RolloutRow, type ScoreRequest, silentLog, SrvauError } from '@srvau/contracts';
import { NatsLink, NatsServerProcess, ServiceClient } from '@srvau/messaging';
import { byText, ScoringDouble } from '../../../test/scoring-double';
import { ScoringServer } from '../../../test/scoring-server';
import type { Requester } from './patient-call';
import { RewardClient, type RewardClientOptions } from './reward-client';

const PACE = { marginMs: 2_000, probeEveryMs: 50, tellAfterMs: 100, backoffMs: { first: 10, most: 50 } };
const never = new AbortController().signal;
const how = { step: 7, parts: false };

const rowsOf = (groups: number, chars = 8): RolloutRow[] =>
  Array.from({ length: 2 * groups }, (_, i) => ({
    id: `${i >> 1}/${i & 1}`,
    groupId: String(i >> 1),
    task: 'qa',
    completion: String(i).padEnd(chars, 'abcxyz'),
    truth: { label: 'A' },
  }));

const told: string[] = [];
beforeEach(() => void told.splice(0));

function client(requester: Requester, components: object[] = [{ plugin: 'text' }]): RewardClient {
  const { reward } = resolveGrpo({ config: { reward: { components, deadlineMs: 1_000 } } });
  const options: RewardClientOptions = {
    requester,
    reward,
    grammar: 'reflective',
    log: silentLog,
    pace: PACE,
    onWaiting: (why) => told.push(why),
  };
  return new RewardClient(options);
}

const valuesOf = async (rewards: RewardClient, rows: readonly RolloutRow[]): Promise<unknown[]> =>
  [...((await rewards.score(rows, how, never)).get('text') ?? [])].map((cell) =>
    cell.kind === 'scored' ? cell.value : cell,
  );

describe('a client of the reward service', () => {
  it('gives every rollout its scores, in order, whatever requests they travel in', async () => {
    const double = new ScoringDouble();
    const rows = rowsOf(40, 50_000);
    expect(await valuesOf(client(double), rows)).toEqual(rows.map(byText));
    expect(double.requests.length).toBeGreaterThan(5);
    const [request] = double.requests;
    expect(request).toMatchObject({
      plugins: ['text'],
      grammar: 'reflective',
      step: 7,
      deadlineMs: 1_000,
      parts: false,
    });
    expect(await client(double).score([], how, never)).toEqual(new Map([['text', []]]));
  });

  it('halves what a message does not take, and says where a group does not fit', async () => {
    const double = new ScoringDouble();
    double.before = ({ rollouts }) =>
      rollouts.length > 4 ? Promise.reject(new SrvauError('PAYLOAD_TOO_LARGE', 'too large')) : Promise.resolve();
    const rows = rowsOf(9);
    expect(await valuesOf(client(double), rows)).toEqual(rows.map(byText));
    double.before = () => Promise.reject(new SrvauError('PAYLOAD_TOO_LARGE', 'too large'));
    await expect(valuesOf(client(double), rows)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('waits while the service is away or busy, says so once, and goes on', async () => {
    const double = new ScoringDouble();
    const rewards = client(double);
    double.isThere = false;
    const waiting = valuesOf(rewards, rowsOf(2));
    await untilTold(1);
    double.isThere = true;
    expect(await waiting).toHaveLength(4);
    expect(told).toEqual([expect.stringContaining('no service answers')]);
    double.before = () => Promise.reject(new SrvauError('BUSY', '9 rollouts wait'));
    const again = valuesOf(rewards, rowsOf(2));
    await untilTold(2);
    double.before = () => Promise.resolve();
    expect(await again).toHaveLength(4);
  });

  it('does not wait for ever for a service with a defect', async () => {
    const double = new ScoringDouble();
    double.before = () => Promise.reject(new SrvauError('INTERNAL', 'a defect'));
    await expect(valuesOf(client(double), rowsOf(1))).rejects.toMatchObject({ code: 'INTERNAL', message: 'a defect' });
    expect(double.requests).toHaveLength(4);
  });

  it('asks again where the service has gone with the request', async () => {
    const double = new ScoringDouble();
    double.before = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new SrvauError('CANCELLED', 'cancelled')), { once: true });
        double.before = () => Promise.resolve();
        double.isThere = false;
        setTimeout(() => (double.isThere = true), 200);
      });
    expect(await valuesOf(client(double), rowsOf(1))).toHaveLength(2);
    expect(double.requests).toHaveLength(2);
  });

  it('ends its requests together, with the first failure', async () => {
    const double = new ScoringDouble();
    let waiting = 0;
    double.before = (request: ScoreRequest, signal) => {
      if (request.rollouts[0]?.id === '15/0') return Promise.reject(new SrvauError('INVALID_REQUEST', 'bad row'));
      waiting += 1;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          waiting -= 1;
          reject(new SrvauError('CANCELLED', 'cancelled'));
        });
      });
    };
    await expect(valuesOf(client(double), rowsOf(40, 50_000))).rejects.toMatchObject({ message: 'bad row' });
    expect(waiting).toBe(0);
  });
});

describe('the check before a run', () => {
  it('finds the versions, and holds every reply against them', async () => {
    const double = new ScoringDouble({ text: { score: byText, scoreVersion: 3 } });
    const rewards = client(double);
    await rewards.check(undefined, never);
    expect(rewards.versions).toEqual({ text: 3 });
    expect(double.requests[0]?.rollouts).toEqual([]);
    double.plugins = { text: { score: byText, scoreVersion: 4 } };
    await expect(valuesOf(rewards, rowsOf(1))).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: 'scoreVersion of the reward plugin text: expected 3, which this run began with, received 4',
    });
  });

  it.each<[string, object[], string]>([
    ['a plugin that is not loaded', [{ plugin: 'none' }], 'no reward plugin none is loaded'],
    ['options that a plugin refuses', [{ plugin: 'text', options: { x: 1 } }], 'options.x: no such option'],
  ])('refuses %s', async (_, components, message) => {
    const double = new ScoringDouble();
    double.before = ({ options }) =>
      options?.['text'] === undefined
        ? Promise.resolve()
        : Promise.reject(new SrvauError('INVALID_REQUEST', 'options.x: no such option'));
    await expect(client(double, components).check(undefined, never)).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: `config.reward.components: the reward service refuses them: ${message}`,
    });
  });
});

describe('over NATS', () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'srvau-reward-client-'))));
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('goes on when the server, and then the service, were away in mid-request', async () => {
    let nats = await NatsServerProcess.start({ dir });
    const link = new NatsLink({ config: { servers: [nats.url] }, name: 'spec' });
    const double = new ScoringDouble();
    let service = await ScoringServer.start(nats.url, double);
    try {
      const rewards = client(new ServiceClient(link));
      await rewards.check(undefined, never);
      // The server dies with the request, and comes back on its port.
      double.before = async () => {
        double.before = () => Promise.resolve();
        await nats.kill();
        nats = await NatsServerProcess.start({ dir, port: nats.port });
      };
      const rows = rowsOf(3);
      expect(await valuesOf(rewards, rows)).toEqual(rows.map(byText));
      // The service does.
      double.before = async () => {
        double.before = () => Promise.resolve();
        await service.stop();
        service = await ScoringServer.start(nats.url, double);
        throw new Error('whoever threw this is gone');
      };
      expect(await valuesOf(rewards, rows)).toEqual(rows.map(byText));
    } finally {
      await service.stop();
      await link.drain();
      await nats.kill();
    }
  });
});

async function untilTold(times: number): Promise<void> {
  for (let looks = 0; told.length < times; looks++) {
    if (looks > 2_000) throw new Error(`not told within 10 s: ${times} times`);
    await new Promise((done) => setTimeout(done, 5));
  }
}
