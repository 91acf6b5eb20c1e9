import { scorePredictions } from '@srvau/metrics';
import { atOnce, completion, prompt, reference, sampleHead, sampleItems, sampleReport } from '../../test/sample';
import { checkReport } from '../read/check-report';
import { reportJson } from '../store/report-files';
import { ReportBuilder } from './report-builder';

const { report, rows } = sampleReport();
const resultOf = (task: string, thinking: string): (typeof report.results)[number] => {
  const found = report.results.find((result) => result.task === task && result.thinking === thinking);
  if (found === undefined) throw new Error(`no result of ${task} ${thinking}`);
  return found;
};

it('scores each way of asking as the metrics do, over all items and over each source', () => {
  const { prompts } = sampleHead();
  expect(report.results.map(({ task, thinking }) => `${task} ${thinking}`)).toEqual([
    ...['qa with', 'qa without', 'tag with', 'describe with'],
  ]);
  for (const { task, thinking } of prompts) {
    if (task === 'describe') continue;
    const of = (indices: number[]): ReturnType<typeof scorePredictions> =>
      scorePredictions(
        indices.flatMap((index) => reference({ task, thinking, index }) ?? []),
        indices.flatMap((index) => {
          if (index === 13) return [];
          const text = index === 11 ? '<think>no end' : completion({ task, thinking, index }, 6);
          const absent = { answer: undefined, spanSec: undefined, fault: undefined };
          return [{ id: `row-${index}`, completion: text, ...absent }];
        }),
        { protocol: 'strict', resamples: 200, seed: 7 },
      );
    const every = Array.from({ length: 40 }, (_, index) => index);
    const result = resultOf(task, thinking);
    expect(result.scores).toEqual(of(every));
    expect(result.datasets.map(({ dataset, scores }) => [dataset, scores])).toEqual([
      ['msad', of(every.filter((index) => index % 2 === 1))],
      ['ucf', of(every.filter((index) => index % 2 === 0))],
    ]);
  }
});

it('counts answers, what is missing and how they ended', () => {
  expect(resultOf('qa', 'with').counts).toEqual({
    ...{ items: 40, answered: 39, wellFormed: 38 },
    missing: { count: 1, ids: ['row-13'], reasons: { 'video-unreadable': { count: 1, ids: ['row-13'] } } },
    finishReasons: { length: 1, stop: 38 },
    tokens: { prompt: 3900, completion: 780 },
  });
  expect(resultOf('describe', 'with')).toMatchObject({
    counts: { wellFormed: null },
    scores: null,
    vauEval: { judged: 39, unscored: { count: 1, ids: ['row-13'] } },
    datasets: [{ vauEval: { judged: 19 } }, { vauEval: { judged: 20 } }],
  });
});

it('makes rows that hold the item, its answer, the truth and its score', () => {
  const row = (task: string, id: string): (typeof rows)[number] | undefined =>
    rows.find((each) => each.task === task && each.thinking === 'with' && each.id === id);
  expect(row('tag', 'row-1')).toEqual({
    ...{ id: 'row-1', task: 'tag', thinking: 'with', dataset: 'msad', video: 'row-1.mp4' },
    ...{ promptId: 'reflection-rft/tag', completion: completion({ task: 'tag', thinking: 'with', index: 1 }, 6) },
    ...{ reasoning: null, missing: null, detail: null, finishReason: 'stop', wellFormed: true },
    ...{ answer: 'anomaly', spanStartSec: 1, spanEndSec: 7 },
    ...{ firstAnswer: 'anomaly', firstSpanStartSec: 1, firstSpanEndSec: 7 },
    ...{ label: null, normal: false, truthStartSec: 1, truthEndSec: 7, anomalyClass: 'Fighting', durationSec: 20 },
    ...{ correct: true, firstCorrect: true, score: 1, promptTokens: 100, completionTokens: 20 },
  });
  expect(row('qa', 'row-1')).toMatchObject({
    answer: 'B',
    firstAnswer: 'A',
    correct: true,
    firstCorrect: false,
    score: 1,
  });
  expect(row('qa', 'row-11')).toMatchObject({ answer: null, wellFormed: false, correct: false, score: 0 });
  expect(row('qa', 'row-13')).toMatchObject({
    ...{ completion: null, missing: 'video-unreadable', detail: 'no frames', score: 0, promptTokens: null },
  });
  expect(row('tag', 'row-7')).toMatchObject({ score: null, correct: null });
  expect(row('describe', 'row-1')).toMatchObject({ label: null, correct: null, wellFormed: null, score: 35 });
  expect(row('describe', 'row-13')).toMatchObject({ score: null });
});

it('scores by the grammar of the run, and calls well-formed what the prompt asked for', () => {
  const once = sampleItems().find(({ id, task, thinking }) => id === 'row-1' && task === 'qa' && thinking === 'with');
  if (once === undefined || !('completion' in once.answer)) throw new Error('expected an answer');
  const item = { ...once, answer: { ...once.answer, completion: '<think>a</think><answer>B</answer>' } };
  expect(new ReportBuilder(sampleHead()).add(item)).toMatchObject({ score: 1, wellFormed: false });
  const strict = new ReportBuilder(sampleHead({ grammar: 'reflective' }));
  expect(strict.add(item)).toMatchObject({ score: 0, wellFormed: false });
  expect(atOnce(strict.finish()).results[0]).toMatchObject({ scores: { qa: { correct: 0, unparsable: 1 } } });
});

it('keeps half of a surrogate pair out of the file, and tokens that one answer did not tell out of the sum', () => {
  const builder = new ReportBuilder(sampleHead());
  const row = builder.add({
    ...{ id: 'a', task: 'qa', thinking: 'without', dataset: 'x' },
    reference: reference({ task: 'qa', thinking: 'without', index: 0 }),
    answer: { completion: '\ud83d', finishReason: 'filtered', promptTokens: null, completionTokens: 3 },
  });
  expect(row).toMatchObject({ completion: '\ufffd', video: null });
  expect(atOnce(builder.finish()).results).toMatchObject([
    { counts: { tokens: { prompt: null, completion: 3 }, finishReasons: { filtered: 1 } } },
  ]);
});

it('refuses an item of a way of asking that it was not told of, and an id that comes twice', () => {
  const builder = new ReportBuilder(
    sampleHead({ prompts: [{ task: 'qa', thinking: 'with', prompt: prompt('p', null) }] }),
  );
  const [tagged, , , described] = sampleItems().filter(({ id }) => id === 'row-0');
  const asked = sampleItems().find(({ task, thinking }) => task === 'qa' && thinking === 'with');
  if (tagged === undefined || described === undefined || asked === undefined) throw new Error('expected items');
  expect(() => builder.add(tagged)).toThrow('expected no item of tag with thinking');
  builder.add(asked);
  builder.add(asked);
  expect(() => atOnce(builder.finish())).toThrow(/ids that differ/);
});

it('shows no secret, whatever URI it stands in', () => {
  const text = reportJson(report);
  expect(text).not.toContain('hush');
  expect(report.model.uri).toBe('openai:https://models.example/v1#tiny-vl?concurrency=2');
  expect(report.settings['model']).toBe('openai:https://models.example/v1#tiny-vl');
});

it('is the same bytes of the same inputs, in whatever order settings come, and reads back', () => {
  const { settings, versions } = sampleHead();
  const turned = (value: object): Record<string, string> => Object.fromEntries(Object.entries(value).reverse());
  const again = sampleReport({ settings: turned(settings), versions: turned(versions) }).report;
  expect(reportJson(again)).toBe(reportJson(report));
  expect(checkReport(JSON.parse(reportJson(report)), 'report.json')).toEqual(report);
});
