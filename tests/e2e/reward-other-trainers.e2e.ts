import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RewardCluster } from './support/reward-service';

const DOCUMENT = join(__dirname, '../../docs/rewards-from-other-trainers.md');
const TRL_PYTHON = process.env['SRVAU_PEER_PYTHON'];
const run = promisify(execFile);

let cluster: RewardCluster;
let snippets: string;
beforeAll(async () => {
  cluster = await RewardCluster.start();
  snippets = join(cluster.dir, 'snippets');
  await mkdir(snippets);
  const text = await readFile(DOCUMENT, 'utf8');
  for (const [, code = '', name = ''] of text.matchAll(/^```python\n(# (\w+\.py)\n[^]*?)^```$/gm)) {
    await writeFile(join(snippets, name), code);
  }
});
afterAll(() => cluster.stop());

async function python(program: string, script: string): Promise<string> {
  const { httpPort } = await cluster.service.logged('HTTP listens');
  const env = {
    ...process.env,
    PYTHONPATH: snippets,
    SRVAU_REWARD_URL: `http://127.0.0.1:${String(httpPort)}`,
    HF_HUB_OFFLINE: '1',
  };
  const { stdout } = await run(program, [join(__dirname, 'support', script)], { env, timeout: 240_000 });
  return stdout.trim().split('\n').at(-1) ?? '';
}

describe('the snippets of docs/rewards-from-other-trainers.md', () => {
  it('give each trainer what it takes, called as it calls', async () => {
    const answers = JSON.parse(await python('python3', 'call_trainers.py')) as Record<string, unknown>;
    expect(answers).toEqual({
      trl: {
        task: [
          [1, 0.5],
          [1, 0.5],
        ],
        reflection: Array.from({ length: 2 }, () => [expect.any(Number), expect.any(Number)]),
        // Left out, which is not a score of 0.
        'temporal-iou': [
          [null, null],
          [null, null],
        ],
      },
      verl: expect.objectContaining({ score: expect.any(Number) as number, task: 1, task_abstained: 0 }) as object,
      swift: [expect.any(Number), expect.any(Number)],
    });
  });

  it('are what TRL trains with', async () => {
    if (TRL_PYTHON === undefined) {
      console.warn(
        'skipped: TRL was not run; SRVAU_PEER_PYTHON names a Python that has it (tools/oracle/requirements.txt)',
      );
      return;
    }
    const steps = JSON.parse((await python(TRL_PYTHON, 'train_with_trl.py')).replaceAll('NaN', 'null')) as Record<
      string,
      number | null
    >[];
    expect(steps).toHaveLength(2);
    for (const step of steps) {
      for (const plugin of ['task', 'reflection']) {
        expect(step[`rewards/${plugin}/mean`]).toEqual(expect.any(Number));
      }
      expect(step['reward']).toEqual(expect.any(Number));
      expect(Object.keys(step)).toContain('rewards/temporal-iou/mean');
    }
  }, 300_000);

  it('OpenRLHF sends one rollout a request, its tokens decoded with the prompt', async () => {
    const prompt = '<|im_start|>user\nWhat happens?<|im_end|>\n<|im_start|>assistant\n';
    const answer = '<think>a</think><answer>B</answer><reflection>r</reflection><think>b</think><answer>B</answer>';
    const body = { query: [`${prompt}${answer}<|im_end|>`], prompts: [prompt], labels: ['B'] };
    const replies = await Promise.all(
      Array.from({ length: 32 }, () => cluster.getReward(body, '?weights=reflection:0.5')),
    );
    for (const { status, body: reply } of replies) {
      expect(status).toBe(200);
      // It makes a tensor of each list, so nothing may be missing or no number.
      const { rewards, scores, extra_logs } = reply as Record<'rewards' | 'scores', number[]> & {
        extra_logs: Record<string, number[]>;
      };
      for (const list of [rewards, scores, ...Object.values(extra_logs)]) expect(list).toEqual([expect.any(Number)]);
    }
  });
});
