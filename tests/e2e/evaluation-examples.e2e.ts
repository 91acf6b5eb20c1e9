import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EvaluationPredictReply, EvaluationScores, JobRecord } from '@srvau/contracts';
import { withNatsPy } from '../external-plugin/support';
import { EvaluationCluster } from './support/evaluation-cluster';
import { questions, writeJsonl } from './support/evaluation-rows';

const EXAMPLES = join(__dirname, '../../apps/evaluation/examples');
const run = promisify(execFile);

interface Failure {
  code: number;
  stdout: string;
  stderr: string;
}

const failureOf = (call: Promise<unknown>): Promise<Failure> =>
  call.then(
    (value) => Promise.reject(new Error(`expected a failure, received ${JSON.stringify(value)}`)),
    (error: Failure) => error,
  );

let cluster: EvaluationCluster;
let url: string;
beforeAll(async () => {
  cluster = await EvaluationCluster.start();
  url = await cluster.url();
  const rows = questions(8, 6);
  writeJsonl(cluster.path('references.jsonl'), rows.references);
  writeJsonl(cluster.path('predictions.jsonl'), rows.predictions);
  const many = questions(10_001, 10_001);
  writeJsonl(cluster.path('many-references.jsonl'), many.references);
  writeJsonl(cluster.path('many-predictions.jsonl'), many.predictions);
  const broken = [...many.references, { id: 'x', task: 'vqa' }];
  writeJsonl(cluster.path('broken-references.jsonl'), broken);
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** The bodies that the page sends with curl, by route. */
async function shownBodies(): Promise<[route: string, body: string][]> {
  const page = await readFile(join(EXAMPLES, '../README.md'), 'utf8');
  const calls = page.matchAll(/^curl .*http:\/\/127\.0\.0\.1:7104(\/\S+) --json '(\{[^']*\})'$/gm);
  return [...calls].map(([, route = '', body = '']) => [route, body]);
}

describe('the requests of README.md', () => {
  it('are in the form that the service takes', async () => {
    const answers: [string, string][] = [];
    for (const [route, body] of await shownBodies()) {
      const headers = { 'content-type': 'application/json' };
      const { status, body: text } = await cluster.service.http(route, { method: 'POST', headers, body });
      const { error } = JSON.parse(text) as { error?: { code: string } };
      answers.push([route, error?.code ?? String(status)]);
    }
    // What they name is not there, or not for this service to touch; a wrong field would be INVALID_REQUEST.
    expect(answers).toEqual([
      ['/v1/score', '200'],
      ['/v1/predict', 'FORBIDDEN'],
      ['/v1/runs', 'FORBIDDEN'],
      ['/v1/judge', 'FORBIDDEN'],
    ]);
  });
});

describe('score_nats.py', () => {
  let env: NodeJS.ProcessEnv | undefined;
  beforeAll(async () => {
    const packages = await withNatsPy(cluster.path('.'), 'score_nats.py');
    if (packages !== undefined) env = { ...process.env, PYTHONPATH: packages };
  });
  const score = async (...files: string[]): Promise<EvaluationScores> => {
    const { stdout } = await run('python3', [join(EXAMPLES, 'score_nats.py'), cluster.nats.url, ...files], { env });
    return JSON.parse(stdout) as EvaluationScores;
  };

  it('scores rows, files and long files, and tells why it cannot', async () => {
    if (env === undefined) return;
    const rows = await score(cluster.path('references.jsonl'), cluster.path('predictions.jsonl'));
    expect(rows.qa).toMatchObject({ accuracy: 75, correct: 6, total: 8 });
    expect(await score(cluster.uri('references.jsonl'), cluster.uri('predictions.jsonl'))).toEqual(rows);
    const many = await score(cluster.uri('many-references.jsonl'), cluster.uri('many-predictions.jsonl'));
    expect(many.qa).toMatchObject({ accuracy: 100, total: 10_001 });

    const refused = await failureOf(score(cluster.uri('none.jsonl'), cluster.uri('predictions.jsonl')));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^NOT_FOUND: .*none\.jsonl/) as string });
    const failed = await failureOf(
      score(cluster.uri('broken-references.jsonl'), cluster.uri('many-predictions.jsonl')),
    );
    expect(failed.stderr).toMatch(/^UNPROCESSABLE: .*line 10002: task: expected one of qa, tag/m);
  });
});

describe('predict_http.py', () => {
  const predict = (...args: string[]) => run('python3', [join(EXAMPLES, 'predict_http.py'), url, ...args]);

  it('streams what the model writes, and ends with the answer', async () => {
    const { stdout, stderr } = await predict(cluster.uri('clip.mp4'));
    const reply = JSON.parse(stdout) as EvaluationPredictReply;
    expect(reply).toMatchObject({ task: 'tag', finishReason: 'stop' });
    expect(reply.transcript).toContain('<answer>Normal</answer>');
    expect(stderr).toBe(`${reply.transcript}\n`);
    const asked = await predict(cluster.uri('clip.mp4'), 'Who walks?', 'A man', 'A dog', 'Nobody');
    expect(JSON.parse(asked.stdout)).toMatchObject({ task: 'qa', first: { option: expect.any(String) as string } });
  });

  it('tells why it cannot', async () => {
    const refused = await failureOf(predict('file:///etc/passwd'));
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('FORBIDDEN') as string });
  });
});

describe('curl.sh', () => {
  const curl = (...args: string[]) => run(join(EXAMPLES, 'curl.sh'), [url, ...args]);

  it('scores and predicts', async () => {
    const scored = await curl('score', cluster.uri('references.jsonl'), cluster.uri('predictions.jsonl'));
    expect((JSON.parse(scored.stdout) as EvaluationScores).qa.accuracy).toBe(75);
    const predicted = await curl('predict', cluster.uri('clip.mp4'));
    expect(JSON.parse(predicted.stdout)).toMatchObject({ task: 'tag' });
  });

  it('runs an evaluation, and fetches its report', async () => {
    const model = `openai:${cluster.endpoint.url}#model`;
    const { stdout } = await curl('run', 'by-curl', model, cluster.uri('dataset'));
    expect(JSON.parse(stdout) as JobRecord).toMatchObject({ state: 'succeeded', result: { name: 'by-curl', rows: 4 } });
    expect((await curl('report', 'by-curl')).stdout).toMatch(/^# /);
  });

  it('fails with what the service says, and shows its usage', async () => {
    const refused = await failureOf(curl('score', 'file:///etc/passwd', cluster.uri('predictions.jsonl')));
    expect(refused).toMatchObject({ code: 22, stdout: '' });
    expect(refused.stderr).toMatch(/"code":"FORBIDDEN"/);
    expect(await failureOf(curl('sing'))).toMatchObject({ code: 64, stderr: /^Calls the evaluation service/ });
  });
});
