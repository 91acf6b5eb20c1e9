import { sampleHead, sampleItems, sampleReport } from '../../test/sample';

it('puts accuracy with and without thinking, and the judge, into one row a dataset', () => {
  const { tables, results } = sampleReport().report;
  const [withThink, withoutThink, tag, described] = results;
  expect(tables.qa.map(({ dataset, model }) => `${dataset} ${model}`)).toEqual([
    ...['MSAD tiny-vl', 'UCF-Crime tiny-vl', 'all tiny-vl'],
  ]);
  expect(tables.qa[0]).toMatchObject({
    origin: { kind: 'measured' },
    withoutThink: withoutThink?.datasets[0]?.scores?.qa.accuracy,
    withThink: withThink?.datasets[0]?.scores?.qa.accuracy,
    vauEval: { cls: described?.datasets[0]?.vauEval?.dimensions.cls.mean },
    total: described?.datasets[0]?.vauEval?.total,
  });
  expect(tables.grounding.at(-1)).toEqual({
    ...{ dataset: 'all', model: 'tiny-vl', origin: { kind: 'measured' } },
    mIoU: tag?.scores?.tag.mIoU,
    ...{ 'R@0.3': tag?.scores?.tag.recall['0.3'], 'R@0.5': tag?.scores?.tag.recall['0.5'] },
    'R@0.7': tag?.scores?.tag.recall['0.7'],
  });
});

it('shows the rows of the paper only when asked, marked, above ours of the same dataset', () => {
  const { tables } = sampleReport({ published: true }).report;
  const order = tables.grounding.map(({ dataset, model }) => `${dataset} ${model}`);
  expect(order).toEqual([
    ...['MSAD Qwen2-VL-2B', 'MSAD Qwen2.5-VL-7B', 'MSAD Qwen2.5-VL-3B', 'MSAD SRVAU-R1', 'MSAD tiny-vl'],
    ...['ECVA Qwen2-VL-2B', 'ECVA Qwen2.5-VL-7B', 'ECVA Qwen2.5-VL-3B', 'ECVA SRVAU-R1'],
    ...['UCF-Crime tiny-vl', 'all tiny-vl'],
  ]);
  const published = tables.qa.filter(({ origin }) => origin.kind === 'published');
  expect(published).toHaveLength(23);
  expect(tables.qa.filter(({ origin }) => origin.kind === 'measured')).toEqual(sampleReport().report.tables.qa);
});

it('leaves a table empty of which nothing was measured, published rows or not', () => {
  const prompts = sampleHead().prompts.filter(({ task }) => task === 'tag');
  const { tables } = sampleReport({ prompts, published: true }).report;
  expect(tables.qa).toEqual([]);
  expect(tables.grounding).toHaveLength(11);
});

it('calls rows of no known source by the dataset, and tells both ways of asking for grounding apart', () => {
  const [tag] = sampleHead().prompts;
  if (tag === undefined) throw new Error('expected a prompt');
  const prompts = [tag, { ...tag, thinking: 'without' as const }];
  const items = sampleItems(6, prompts).map((item) => ({ ...item, dataset: 'unknown' }));
  const { tables } = sampleReport({ prompts }, items).report;
  expect(tables.grounding.map(({ dataset, model }) => `${dataset} ${model}`)).toEqual([
    ...['bench tiny-vl (w/ think)', 'bench tiny-vl (w/o think)'],
  ]);
});
