import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { type RolloutRow } from '@srvau/contracts';
import { NatsLink, NatsServerProcess } from '@srvau/messaging';
import { type PluginInfo, RolloutBatch } from '@srvau/reward-host';
import type { ScoreOutcome } from '@srvau/reward-sdk';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsRunner } from './nats-runner';
import type { PluginMessage } from './plugin-message';

const SUBJECT = 'srvau.plugin.reward.elsewhere.v2';
let dir: string;
let nats: NatsServerProcess;
let link: NatsLink;
let plugin: NatsConnection;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-nats-runner-'));
  nats = await NatsServerProcess.start({ dir, maxPayload: 8_192 });
  link = new NatsLink({ config: { servers: [nats.url] }, name: 'spec' });
  plugin = await connect({ servers: nats.url });
});
afterAll(async () => {
  await plugin.close();
  await link.drain();
  await nats.kill();
  await rm(dir, { recursive: true, force: true });
});

function runner(change: Partial<PluginInfo> = {}): NatsRunner {
  const info = {
    id: 'elsewhere',
    scoreVersion: 2,
    scope: 'sample',
    range: { min: 0, max: 1 },
    needs: [],
    options: { a: 1 },
  };
  return new NatsRunner({ ...info, ...change } as PluginInfo, link);
}

const rows = (count: number, change: Partial<RolloutRow> = {}): RolloutRow[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ id: `r${i}`, groupId: `g${i >> 1}`, task: 'qa', truth: { label: 'B' } },
    completion: `<think>${i}</think><answer>B</answer>`,
    ...change,
  }));

/** Answers as a plugin does, for as long as `act` goes on. */
async function answering<T>(
  answer: (request: PluginMessage, message: Msg) => unknown,
  act: () => Promise<T>,
): Promise<T> {
  const subscription = plugin.subscribe(SUBJECT, {
    callback: (_error, message) => {
      const reply = answer(message.json<PluginMessage>(), message);
      if (reply !== undefined) message.respond(typeof reply === 'string' ? reply : JSON.stringify(reply));
    },
  });
  await plugin.flush();
  try {
    return await act();
  } finally {
    subscription.unsubscribe();
    await plugin.flush();
  }
}

const score = async (
  batch: RolloutRow[],
  { deadlineMs = 5_000, signal = new AbortController().signal, by = runner() } = {},
): Promise<readonly ScoreOutcome[]> =>
  (await by.score(new RolloutBatch(batch, 'single'), { deadlineMs, signal, step: 7, options: { b: 2 } })).outcomes;

const allScored = ({ rollouts }: PluginMessage): unknown => ({
  scores: rollouts.map(() => ({ kind: 'scored', value: 1 })),
});

it('sends the rollouts with what was read from them, and takes the scores', async () => {
  const seen: PluginMessage[] = [];
  const tag = rows(1, {
    ...{ task: 'tag', truth: { normal: false, spanSec: [1, 2] }, durationSec: 9, tokens: 4 },
    completion: '<think>t</think><answer>Anomaly</answer><glue>[1, 3]</glue>',
  });
  const outcomes = await answering(
    (request) => {
      seen.push(request);
      return {
        scores: [
          { kind: 'scored', value: 0.5, parts: { p: 2 } },
          { kind: 'abstained', because: 'why not' },
        ],
      };
    },
    () => score([...rows(1), ...tag]),
  );
  expect(outcomes).toEqual([
    { kind: 'scored', value: 0.5, parts: { p: 2 } },
    { kind: 'abstained', because: 'why not' },
  ]);
  expect(seen).toMatchObject([{ options: { a: 1, b: 2 }, step: 7, deadlineMs: expect.any(Number) as number }]);
  expect(seen[0]?.rollouts[1]).toEqual({
    ...{ id: 'r0', groupId: 'g0', task: 'tag', durationSec: 9, truth: { normal: false, spanSec: [1, 2] } },
    completion: '<think>t</think><answer>Anomaly</answer><glue>[1, 3]</glue>',
    lengths: { total: 4, firstRound: expect.any(Number) as number, unit: 'tokens' },
    transcript: {
      ...{ wellFormed: true, hasReflection: false },
      firstAnswer: { text: 'Anomaly', verdict: 'anomaly', spanSec: [1, 3] },
      finalAnswer: { text: 'Anomaly', verdict: 'anomaly', spanSec: [1, 3] },
      segments: [
        { kind: 'think', text: 't' },
        { kind: 'answer', text: 'Anomaly' },
        { kind: 'glue', text: '[1, 3]' },
      ],
    },
  });
});

it.each<[string, unknown, RegExp]>([
  ['is no JSON', '{"scores":[NaN]}', /^elsewhere@2: expected JSON as answer, received "\{\\"scores/],
  [
    'has no scores',
    { score: [] },
    /^elsewhere@2: expected \{"scores": \[…\]\} as answer, received an object with keys score/,
  ],
  ['is too short', { scores: [{ kind: 'scored', value: 1 }] }, /^elsewhere@2: expected 2 scores, received 1/],
  ['has numbers', { scores: [1, 1] }, /^elsewhere@2: row 0 \(r0\): expected scored\(…\) or abstain\(…\), received 1/],
  [
    'is out of range',
    { scores: [2, 2].map((value) => ({ kind: 'scored', value })) },
    /^elsewhere@2: row 0 .*\[0, 1\], received 2/,
  ],
  ['is an error', { error: { code: 'X', message: 'no model' } }, /^elsewhere@2: answered the error "no model"$/],
])('an answer that %s fails its rows in the name of the plugin', async (_what, reply, error) => {
  const by = runner();
  const outcomes = await answering(
    () => reply,
    () => score(rows(2), { by }),
  );
  expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
  expect(outcomes[0]).toMatchObject({ error: expect.stringMatching(error) as string });
});

it('an error in the headers of a micro service is taken as one', async () => {
  const withError = headers();
  withError.set('Nats-Service-Error', 'overloaded');
  const outcomes = await answering(
    (_request, message) => void message.respond('', { headers: withError }),
    () => score(rows(1)),
  );
  expect(outcomes).toEqual([{ kind: 'failed', error: 'elsewhere@2: answered the error "overloaded"' }]);
});

it('nobody there, and somebody who says nothing, fail the rows', async () => {
  const by = runner();
  expect(await score(rows(2), { by })).toEqual(
    rows(2).map(() => ({ kind: 'failed', error: `elsewhere@2: nobody answers ${SUBJECT}` })),
  );
  expect(by.health()).toMatchObject({ state: 'ready', lastError: `nobody answers ${SUBJECT}` });
  const outcomes = await answering(
    () => undefined,
    () => score(rows(1), { deadlineMs: 100 }),
  );
  expect(outcomes[0]).toMatchObject({ error: expect.stringMatching(/no answer to .* within (100|99) ms/) as string });
});

it('divides what is too large for a message, whole groups where the plugin wants them, and fails what never fits', async () => {
  const sizes: number[] = [];
  const batch = [
    ...rows(8, { completion: 'x'.repeat(1_500) }),
    ...rows(1, { groupId: 'large', completion: 'x'.repeat(9_000) }),
  ];
  const answer = (request: PluginMessage): unknown => {
    sizes.push(request.rollouts.length);
    return allScored(request);
  };
  const outcomes = await answering(answer, () => score(batch));
  expect(outcomes.slice(0, 8).map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'scored'));
  expect(outcomes[8]).toMatchObject({
    error: expect.stringMatching(/a message holds at most 8192 bytes .* the rollout needs 9\d+/) as string,
  });
  expect(sizes.reduce((a, b) => a + b)).toBe(8);
  expect(sizes.length).toBeGreaterThan(1);
  sizes.length = 0;
  await answering(answer, () => score(batch.slice(0, 8), { by: runner({ scope: 'group' }) }));
  expect(sizes.every((size) => size % 2 === 0)).toBe(true);
});

it('abstains where a rollout lacks what the plugin needs, without asking it', async () => {
  const batch = [...rows(1, { truth: {} }), ...rows(1)];
  const outcomes = await answering(allScored, () => score(batch, { by: runner({ needs: ['label'] }) }));
  expect(outcomes).toEqual([
    { kind: 'abstained', because: 'no label' },
    { kind: 'scored', value: 1 },
  ]);
});

it('stops waiting when the caller gives up or the plugin is unloaded', async () => {
  const abortion = new AbortController();
  const by = runner();
  await answering(
    () => undefined,
    async () => {
      const given = score(rows(1), { signal: abortion.signal });
      abortion.abort(new Error('gave up'));
      await expect(given).rejects.toThrow('gave up');
      const unloaded = score(rows(1), { by });
      await by.close();
      await expect(unloaded).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(score(rows(1), { by })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    },
  );
});
