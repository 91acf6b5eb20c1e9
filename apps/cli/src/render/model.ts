import type { CheckpointReport } from '../commands/model-info';
import type { Colors } from '../terminal';
import { table } from './table';
import { bytesText, countText, printable } from './text';

/** What `srvau model init` has made. */
export function modelMadeText(made: {
  out: string;
  seed: number;
  dtype: string;
  parameters: { text: number; vision: number; total: number };
  bytes: number;
}): string {
  const { text, vision, total } = made.parameters;
  return (
    `${countText(total)} parameters (text ${countText(text)}, vision ${countText(vision)}), ${made.dtype}, ` +
    `seed ${made.seed}: ${bytesText(made.bytes)} in ${printable(made.out)}`
  );
}

/** What a checkpoint directory is, for people. */
export function modelInfoText(report: CheckpointReport, colors: Colors): string {
  const { model, tokenizer } = report;
  const state = report.supported ? colors.green('supported') : colors.red('not supported');
  const sections = [`${colors.bold(printable(report.checkpoint))}  ${state}`];
  if (report.reason !== null) sections.push(`  ${printable(report.reason)}`);
  if (model !== null) sections.push(table(configurationRows(model), colors, { indent: 2 }));
  const vocabulary = tokenizer.vocabSize === null ? '' : `${countText(tokenizer.vocabSize)} ids, with chat template`;
  const chat = tokenizer.usable ? vocabulary : `unusable: ${printable(tokenizer.reason ?? '')}`;
  sections.push(table([['tokenizer', chat]], colors, { indent: 2 }));
  const files = report.files.map(({ name, bytes, sha256 }) => [printable(name), bytesText(bytes), sha256 ?? '']);
  const total = ['', bytesText(report.bytes), ''];
  sections.push(table([...files, total], colors, { head: ['FILE', 'SIZE', ''], right: [1], indent: 2 }));
  return sections.join('\n');
}

function configurationRows(model: NonNullable<CheckpointReport['model']>): string[][] {
  const { text, vision, parameters } = model;
  const head = model.tieWordEmbeddings ? 'tied to the embedding' : 'its own';
  return [
    [
      'parameters',
      `${countText(parameters.total)}: text ${countText(parameters.text)}, vision ${countText(parameters.vision)}`,
    ],
    ['dtype', model.dtype],
    ['text', `${text.layers} layers, hidden ${text.hiddenSize}, feed-forward ${text.intermediateSize}`],
    ['attention', `${text.attentionHeads} heads, ${text.keyValueHeads} of keys and values`],
    ['vocabulary', `${countText(text.vocabSize)}, output head ${head}`],
    ['positions', `at most ${countText(text.maxPositions)}`],
    ['vision', `${vision.layers} layers, hidden ${vision.hiddenSize}, window ${vision.windowSize} px`],
    [
      'patches',
      `${vision.patchSize} px × ${vision.temporalPatchSize} frames, ` +
        `${vision.spatialMergeSize}×${vision.spatialMergeSize} merged into a token`,
    ],
  ];
}
