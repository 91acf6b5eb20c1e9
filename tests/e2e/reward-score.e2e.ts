import { SUBJECTS, type SrvauError } from '@srvau/contracts';
import { fixture, PLUGINS, RewardCluster } from './support/reward-service';
import { qaCompletion, qaRollouts, tagCompletion } from './support/rollouts';

const MEGABYTE = 2 ** 20;
let cluster: RewardCluster;
beforeAll(async () => {
  cluster = await RewardCluster.start({
    maxPayload: 16 * MEGABYTE,
    env: { SRVAU_MAX_MESSAGE_BYTES: String(8 * MEGABYTE), SRVAU_PLUGIN_ROOTS: PLUGINS },
  });
});
afterAll(() => cluster.stop());

const score = SUBJECTS.rewardScore;
const refusal = (body: object): Promise<SrvauError> =>
  cluster.request(score, body as never).then(
    () => Promise.reject(new Error('expected a refusal')),
    (error: SrvauError) => error,
  );

describe('srvau.reward.score', () => {
  it('answers a column for each built-in, in the order of the rollouts', async () => {
    const rollouts = [
      ...qaRollouts(2),
      {
        ...{ id: 't', groupId: 't', task: 'tag' as const, completion: tagCompletion(2, 6) },
        truth: { normal: false, spanSec: [2, 10] as const },
      },
    ];
    const reply = await cluster.request(score, { rollouts, parts: true });
    expect(reply).toMatchObject({ rows: 3, lengthUnit: 'words' });
    expect(Object.keys(reply.columns).sort()).toEqual(['reflection', 'task', 'temporal-iou']);
    expect(reply.columns['task']).toMatchObject({
      scoreVersion: 1,
      range: { min: 0, max: 1 },
      values: [1, 0.5, 1],
      parts: { format: [0.5, 0.5, 0.5], accuracy: [0.5, 0, 0.5] },
      failed: [],
    });
    expect(reply.columns['reflection']?.parts?.['effectiveness']).toEqual([0.25, 0.5, 0.25]);
    expect(reply.columns['temporal-iou']).toMatchObject({
      values: [null, null, 0.5],
      abstained: [{ because: expect.any(String) as string, rows: [0, 1] }],
    });
    expect(Object.keys(reply.timingsMs.plugins).sort()).toEqual(Object.keys(reply.columns).sort());
  });

  it('takes options by plugin, a grammar and token counts; leaves parts out unless asked', async () => {
    const single = '<think>x</think><answer>B</answer>';
    const rollouts = qaRollouts(1, { completion: single, tokens: { total: 9, firstRound: 9 } });
    const reply = await cluster.request(score, {
      ...{ rollouts, plugins: ['task'], grammar: 'single' },
      options: { task: { formatScore: 0.1, accuracyScore: 0.2 } },
    });
    expect(reply).toMatchObject({ lengthUnit: 'tokens', columns: { task: { values: [expect.closeTo(0.3, 12)] } } });
    expect(reply.columns['task']).not.toHaveProperty('parts');
  });

  it('scores no rollouts, 10,000 of them, one of a megabyte, and lone surrogates', async () => {
    const none = await cluster.request(score, { rollouts: [] });
    expect(none).toMatchObject({ rows: 0, lengthUnit: null, columns: { task: { values: [] } } });

    const many = await cluster.request(score, { rollouts: qaRollouts(10_000) });
    expect(many.columns['task']?.values).toEqual(Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 1 : 0.5)));

    const hostile = [
      qaCompletion('B', 'B', 'x'.repeat(MEGABYTE)),
      '<think>'.repeat(MEGABYTE / 8),
      qaCompletion('B', 'B', 'a lone \ud800 and \udc00'),
      '',
    ].map((completion, i) => ({ ...qaRollouts(1)[0], id: String(i), completion }));
    const reply = await cluster.request(score, { rollouts: hostile as never });
    expect(reply.columns['task']?.values).toEqual([1, 0, 1, 0]);
    expect(reply.columns['task']?.failed).toEqual([]);
  });

  it('names what is wrong with a request, up to the field of the rollout', async () => {
    const [good] = qaRollouts(1);
    const cases: [object, string, string][] = [
      [{}, 'INVALID_REQUEST', 'rollouts'],
      [{ rollouts: 'x' }, 'INVALID_REQUEST', 'rollouts'],
      [{ rollouts: [good], plugin: 'task' }, 'INVALID_REQUEST', 'plugin'],
      [{ rollouts: [good], plugins: [] }, 'INVALID_REQUEST', 'plugins'],
      [{ rollouts: [good], plugins: ['task', 'task'] }, 'INVALID_REQUEST', 'plugins'],
      [{ rollouts: [good], plugins: ['unknown'] }, 'NOT_FOUND', 'plugins'],
      [{ rollouts: [good], grammar: 'free' }, 'INVALID_REQUEST', 'grammar'],
      [{ rollouts: [good], deadlineMs: 0 }, 'INVALID_REQUEST', 'deadlineMs'],
      [{ rollouts: [good], options: { task: 5 } }, 'INVALID_REQUEST', 'options.task'],
      [{ rollouts: [good], options: { task: { formatscore: 1 } } }, 'INVALID_REQUEST', 'options.task.formatscore'],
      [{ rollouts: [good, { ...good, task: 'vqa' }] }, 'INVALID_REQUEST', 'rollouts[1].task'],
      [{ rollouts: [{ ...good, truth: { label: 'b' } }] }, 'INVALID_REQUEST', 'rollouts[0].truth.label'],
      [{ rollouts: [good], options: { tsk: {} } }, 'INVALID_REQUEST', 'options'],
      [{ rollouts: [good], plugins: ['task'], options: { reflection: {} } }, 'INVALID_REQUEST', 'options'],
      [{ rollouts: [{ ...good, prompt: 'p' }] }, 'INVALID_REQUEST', 'rollouts[0].prompt'],
    ];
    for (const [body, code, field] of cases) {
      expect(await refusal(body)).toMatchObject({ code, details: [expect.objectContaining({ field })] });
    }
  });

  it('says how many rollouts fit where a message is too large, to whoever finds out', async () => {
    const rollouts = qaRollouts(4, { completion: 'x'.repeat(3 * MEGABYTE) });
    // The service refuses what the server lets through …
    const byService = await refusal({ rollouts });
    expect(byService).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(byService.message).toMatch(/at most 8388608 bytes, received 125\d+; send fewer rollouts a request/);
    // … and the client what the server would cut the connection for.
    const byClient = await refusal({ rollouts: [...rollouts, ...rollouts] });
    expect(byClient.message).toMatch(/at most 16777216 bytes.*of these about 5, and keep a group in one/);
  });

  it('answers the range of the options that the request names', async () => {
    const rollouts = qaRollouts(1);
    const rangeUnder = async (formatScore: number): Promise<unknown> => {
      const request = { rollouts, plugins: ['task'], options: { task: { formatScore } } };
      return (await cluster.request(score, request)).columns['task']?.range;
    };
    expect(await rangeUnder(0.5)).toEqual({ min: 0, max: 1 });
    expect(await rangeUnder(3)).toEqual({ min: 0, max: 3.5 });
  });

  it('tells metrics by plugin', async () => {
    await cluster.request(score, { rollouts: qaRollouts(3), plugins: ['temporal-iou'] });
    const { body } = await cluster.service.http('/metrics');
    expect(body).toMatch(/^srvau_reward_rollouts_total\{plugin="task",outcome="scored"\} \d{5}$/m);
    expect(body).toMatch(/^srvau_reward_rollouts_total\{plugin="task",outcome="failed"\} 0$/m);
    expect(body).toMatch(/^srvau_reward_abstained_total\{plugin="temporal-iou",because="not a grounding task"\} \d+$/m);
    expect(body).toMatch(/^srvau_reward_plugin_seconds_count\{plugin="task"\} \d+$/m);
    expect(body).toMatch(/^srvau_reward_score_bucket\{le="1",plugin="task"\} \d{5}$/m);
  });
});

describe('srvau.reward.plugins', () => {
  it('lists versions, options and health', async () => {
    const { plugins } = await cluster.request(SUBJECTS.rewardPlugins, {});
    expect(plugins.map(({ id }) => id)).toEqual(['reflection', 'task', 'temporal-iou']);
    expect(plugins[1]).toMatchObject({
      ...{ id: 'task', scoreVersion: 1, scope: 'sample', isolation: 'in-process', sdk: '^1.0.0' },
      ...{ package: { name: '@srvau/task-reward' }, health: { state: 'ready', restarts: 0 } },
      ...{ options: { formatScore: 0.5 }, optionsSchema: { additionalProperties: false } },
    });
    expect(JSON.stringify(plugins)).not.toContain(process.cwd());
  });
});

describe('a plugin that compares the rollouts of a group', () => {
  it('sees whole groups, however the rollouts are mixed, and is not for requests that have none', async () => {
    await cluster.request(SUBJECTS.rewardLoad, { source: fixture('rank') });
    const lengths = [3, 9, 1, 5, 2, 7];
    const rollouts = lengths.map((length, i) => ({
      ...{ id: `r${i}`, groupId: i % 2 === 0 ? 'even' : 'odd', task: 'qa' as const, truth: {} },
      completion: 'x'.repeat(length),
    }));
    const { columns } = await cluster.request(score, { rollouts, plugins: ['rank'] });
    expect(columns['rank']?.values).toEqual([0, 0, 1, 1, 0.5, 0.5]);

    const body = { query: ['x'], labels: ['B'] };
    const refused = await cluster.getReward(body, '?plugins=rank');
    expect(refused).toMatchObject({ status: 400, body: { error: { details: [{ field: 'plugins' }] } } });
    const others = (await cluster.getReward(body)).body as { extra_logs: object };
    expect(Object.keys(others.extra_logs)).not.toContain('rank');
    expect(await cluster.request(SUBJECTS.rewardUnload, { id: 'rank' })).toEqual({ id: 'rank', unloaded: true });
    expect(await cluster.request(SUBJECTS.rewardPlugins, {})).toMatchObject({ unloaded: ['rank'] });
  });
});

describe('POST /get_reward', () => {
  const prompt = '<|im_start|>user\nWhat happens?<|im_end|>\n<|im_start|>assistant\n';
  const label = JSON.stringify({ task: 'qa', truth: { label: 'B' } });
  const body = (completions: string[], labels: unknown[] = completions.map(() => label)): object => ({
    query: completions.map((completion) => `${prompt}${completion}<|im_end|><|endoftext|>`),
    prompts: completions.map(() => prompt),
    labels,
  });

  it('answers rewards, scores and one list of numbers for each plugin', async () => {
    const completions = [qaCompletion('B', 'B'), qaCompletion('A', 'B'), 'nonsense'];
    const answer = await cluster.getReward(body(completions), '?plugins=task,temporal-iou&weights=task:2');
    expect(answer).toMatchObject({
      status: 200,
      body: {
        rewards: [2, 1, 0],
        scores: [2 / 3, 1 / 3, 0],
        extra_logs: {
          task: [1, 0.5, 0],
          task_abstained: [0, 0, 0],
          task_failed: [0, 0, 0],
          'temporal-iou': [0, 0, 0],
          'temporal-iou_abstained': [1, 1, 1],
          'temporal-iou_failed': [0, 0, 0],
        },
        lengthUnit: 'words',
      },
    });
  });

  it('takes its share of what can be had under the options of the URL', async () => {
    const query = [qaCompletion('B', 'B'), qaCompletion('A', 'B')];
    const settings = `?plugins=task&options=${encodeURIComponent('{"task":{"formatScore":3.5}}')}`;
    const answer = await cluster.getReward({ query, labels: ['B', 'B'] }, settings);
    expect(answer.body).toMatchObject({ rewards: [4, 3.5], scores: [1, 0.875] });
  });

  it('reads labels as letters, texts and objects, and queries without prompts', async () => {
    const query = [qaCompletion('B', 'B'), tagCompletion(1, 3), qaCompletion('B', 'B')];
    const tag = { task: 'tag', truth: { normal: false, spanSec: [1, 5] }, durationSec: 20 };
    const answer = await cluster.getReward({ query, labels: ['B', JSON.stringify(tag), { task: 'qa', truth: {} }] });
    expect(answer.body).toMatchObject({
      extra_logs: { task: [1, 1, 0], task_abstained: [0, 0, 1], 'temporal-iou': [0, 0.5, 0] },
    });
  });

  it('finds the completion behind a prompt whose pictures take many tokens', async () => {
    const pads = (count: number): string => `<|vision_start|>${'<|video_pad|>'.repeat(count)}<|vision_end|>`;
    const answer = await cluster.getReward({
      query: [`${pads(64)}${prompt}${qaCompletion('B', 'B')}<|im_end|>`],
      prompts: [`${pads(1)}${prompt}`],
      labels: ['B'],
    });
    expect(answer.body).toMatchObject({ extra_logs: { task: [1] } });
  });

  it.each([
    ['{', '', 400, 'INVALID_JSON', '(body)'],
    ['[]', '', 400, 'INVALID_REQUEST', '(body)'],
    [{ query: ['x'] }, '', 400, 'INVALID_REQUEST', 'labels'],
    [{ query: ['x', 'y'], labels: ['B'] }, '', 400, 'INVALID_REQUEST', 'labels'],
    [{ query: ['x'], prompts: ['y'], labels: ['B'] }, '', 400, 'INVALID_REQUEST', 'prompts[0]'],
    [{ query: [5], labels: ['B'] }, '', 400, 'INVALID_REQUEST', 'query[0]'],
    [{ query: ['x'], labels: ['forty-two'] }, '', 400, 'INVALID_REQUEST', 'labels[0]'],
    [
      { query: ['x'], labels: ['{"task":"qa","truth":{"label":"?"}}'] },
      '',
      400,
      'INVALID_REQUEST',
      'labels[0].truth.label',
    ],
    [{ query: ['x'], labels: ['B'] }, '?plugin=task', 400, 'INVALID_REQUEST', 'plugin'],
    [{ query: ['x'], labels: ['B'] }, '?plugins=task&weights=tsk:1', 400, 'INVALID_REQUEST', 'weights'],
    [{ query: ['x'], labels: ['B'] }, '?weights=tsk:1', 400, 'INVALID_REQUEST', 'weights'],
    [{ query: ['x'], labels: ['B'] }, '?options={"tsk":{}}', 400, 'INVALID_REQUEST', 'options'],
    [{ query: ['x'], labels: ['B'] }, '?weights=1,2', 400, 'INVALID_REQUEST', 'weights'],
    [{ query: ['x'], labels: ['B'] }, '?weights=task:1,task:2', 400, 'INVALID_REQUEST', 'weights'],
    [{ query: ['x'], labels: ['B'] }, '?plugins=task&plugins=reflection', 400, 'INVALID_REQUEST', 'plugins'],
    [{ query: ['x'], labels: ['B'] }, '?plugins=nobody', 404, 'NOT_FOUND', 'plugins'],
    [{ query: ['x'], labels: ['B'] }, '?options={', 400, 'INVALID_REQUEST', 'options'],
    [{ query: ['x'], labels: ['B'] }, '?onFailure=ignore', 400, 'INVALID_REQUEST', 'onFailure'],
  ])('refuses %j%s', async (request, query, status, code, field) => {
    const answer = await cluster.getReward(request, query);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code, details: [expect.objectContaining({ field })] } });
  });

  it.each(['GET', 'PUT', 'DELETE'])('refuses %s, and says what there is', async (method) => {
    const { status, headers, body: text } = await cluster.service.http('/get_reward', { method });
    expect(status).toBe(405);
    expect(headers.get('Allow')).toBe('POST');
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'INVALID_REQUEST', message: `/get_reward: expected the method POST, received ${method}` },
    });
  });

  it('bounds the body', async () => {
    const answer = await cluster.getReward({ query: ['x'.repeat(33 * MEGABYTE)], labels: ['B'] });
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'PAYLOAD_TOO_LARGE' } } });
  });
});
