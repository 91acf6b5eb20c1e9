import { EvaluationClient, type EvaluationScores, type JobState, SrvauError } from '@srvau/evaluation-client';

/** What the test tells: an address of NATS or HTTP, and URIs. */
interface Settings {
  address: string;
  references: string;
  predictions: string;
  brokenReferences: string;
  video: string;
  dataset: string;
  model: string;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const { address, references, predictions, brokenReferences, video, dataset, model } = settings;
const isHttp = address.startsWith('http');

const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no refusal',
    (error: unknown) => (error instanceof SrvauError ? [error.code, error.details[0]?.field] : String(error)),
  );

const client = await EvaluationClient.connect(isHttp ? { url: address } : { servers: address });
try {
  const scores: EvaluationScores = await client.score({
    references: [
      { id: 'q1', task: 'qa', label: 'B', anomalyClass: 'Fire' },
      { id: 't1', task: 'tag', normal: false, spanSec: [0, 10] },
    ],
    predictions: [
      { id: 'q1', completion: '<think>Smoke.</think><answer>B</answer>' },
      { id: 't1', answer: 'Anomaly', spanSec: [0, 5] },
    ],
  });

  const states: JobState[] = [];
  const files = await client.score(
    { referencesUri: references, predictionsUri: predictions, resamples: 0 },
    { onProgress: ({ state }) => states.push(state), signal: AbortSignal.timeout(60_000) },
  );

  const predicted = await client.predict({ video, question: 'Who walks?', options: ['A man', 'A dog'] });
  let streamed = '';
  if (isHttp) {
    for await (const event of client.predictStream({ video })) {
      if (event.kind === 'token') streamed += event.text;
      if (event.kind === 'restart') streamed = '';
      if (event.kind === 'result' && event.reply.transcript !== streamed) throw new Error(`streamed ${streamed}`);
    }
  }

  const item = { candidate: 'A man falls.', reference: { description: 'A man falls off a ladder.' } };
  const judging = await client.judge({ judge: model, items: [{ id: 'a', ...item }] });
  const marks = await judging.result();

  const [first, second] = ['first', 'second'].map((name) => `${name}-over-${isHttp ? 'http' : 'nats'}`) as [
    string,
    string,
  ];
  const evaluate = (name: string, uri = model) =>
    client.run({ name, model: uri, dataset, tasks: ['qa'], thinking: ['with'], resamples: 100 });
  const figures = await (await evaluate(first)).result();
  await (await evaluate(second)).result();
  const listed = await client.reports.list({ limit: 100 });
  const report = await client.reports.get(first);
  const page = await client.reports.text(first, 'html');
  const compared = await client.reports.compare({ first, second });

  // A run waits for a model that is away.
  const waiting = await evaluate('waiting', 'openai:http://127.0.0.1:9/v1#away');
  for await (const { state } of waiting.follow()) {
    if (state !== 'running') continue;
    await waiting.cancel();
    break;
  }

  console.log(
    JSON.stringify({
      figures: [scores.qa.accuracy, scores.tag.mIoU, files.qa.accuracy, files.qa.total],
      lastState: states.at(-1),
      predicted: [predicted.task, predicted.wellFormed],
      streamed,
      judged: [marks.judged, marks.total],
      ran: [figures.rows, figures.answered],
      reports: listed.reports.map(({ name }) => name).filter((name) => [first, second].includes(name)),
      report: [report.name, report.results.length, page.slice(0, 15)],
      compared: compared.parts.map(({ pairs, figures: [figure] }) => [pairs, figure?.difference]),
      refusals: [
        await refusal(client.score({ referencesUri: references })),
        await refusal(client.score({ referencesUri: brokenReferences, predictionsUri: predictions })),
        await refusal(client.job('no-such-job').status()),
        await refusal(judging.cancel()),
        await refusal(client.predict({ video: 'file:///etc/passwd' })),
        await refusal(client.reports.get('no-such-report')),
        await refusal(waiting.result()),
      ],
    }),
  );
} finally {
  await client.close();
}
