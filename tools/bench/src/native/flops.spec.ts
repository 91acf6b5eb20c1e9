import { sftStepFlops } from './flops';
import { type ModelShape, modelShape } from './model-shape';

const shape = modelShape(128, 1024, 3);
const TOKENS = 40;

/** Values of all matrices of the text layers. */
function layerMatrices({ hiddenSize, intermediateSize, heads, keyValueHeads, layers }: ModelShape): number {
  const keysAndValues = (2 * keyValueHeads * hiddenSize) / heads;
  return layers * hiddenSize * (2 * hiddenSize + keysAndValues + 3 * intermediateSize);
}

describe('operations of an SFT step', () => {
  it('are six for each value of a matrix and token, and attention, where all is learned', () => {
    const ids = Array.from({ length: TOKENS + 1 }, () => 2);
    const weights = ids.map((_, i) => (i === 0 ? 0 : 1));
    const matrices = layerMatrices(shape) + shape.hiddenSize * shape.vocabSize;
    let attended = 0;
    for (let token = 1; token <= TOKENS; token += 1) attended += token;
    // Queries times keys, and weights times values.
    const attention = shape.layers * 2 * 2 * shape.hiddenSize * attended;
    expect(sftStepFlops(shape, [{ ids, weights, vision: [] }])).toBe(6 * TOKENS * matrices + 3 * attention);
  });

  it('leave out the head and the last layer, but for keys and values, where nothing is learned', () => {
    const ids = Array.from({ length: TOKENS + 1 }, () => 2);
    const learning = (count: number): number =>
      sftStepFlops(shape, [{ ids, weights: ids.map((_, i) => (i > TOKENS - count ? 1 : 0)), vision: [] }]);
    const perToken = shape.hiddenSize * (2 * shape.hiddenSize + 3 * shape.intermediateSize + shape.vocabSize);
    // The last token looks at all that are read.
    expect(learning(1) - learning(0)).toBe(6 * perToken + 3 * 4 * shape.hiddenSize * TOKENS);
  });

  it('of a clip are those of its patches, whose embedding has no gradient towards the pixels', () => {
    const text = { ids: [2, 3], weights: [0, 1] };
    const clip = { kind: 'video', grid: [4, 4, 4], second_per_grid: 2 } as const;
    const difference =
      sftStepFlops(shape, [{ ...text, vision: [{ ...clip, grid: [4, 4, 4] }] }]) -
      sftStepFlops(shape, [{ ...text, vision: [] }]);
    const { hiddenSize, intermediateSize, layers, patchDim } = shape.vision;
    const patches = 64;
    const blocks = layers * hiddenSize * (4 * hiddenSize + 3 * intermediateSize);
    // Each patch attends to the 16 of its frame.
    const attention = layers * 4 * hiddenSize * patches * 16;
    const merger = 4 * hiddenSize * (4 * hiddenSize + shape.hiddenSize);
    expect(difference).toBe(
      4 * patches * patchDim * hiddenSize + 6 * patches * blocks + 3 * attention + 6 * (patches / 4) * merger,
    );
  });

  it('of sequences add up', () => {
    const sequence = { ids: [2, 3, 4], weights: [0, 1, 1], vision: [] };
    expect(sftStepFlops(shape, [sequence, sequence])).toBe(2 * sftStepFlops(shape, [sequence]));
  });
});
