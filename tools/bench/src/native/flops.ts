import { type ModelShape } from './model-shape';
import { type SequenceRow } from './workload';

/**
 * Floating point operations of an SFT step: the products of matrices that its result needs and no others, two operations
 * for a multiplication and addition. What is left out makes the reported share of the ceiling smaller, never larger:
 * norms, rotary embedding, softmax, the optimizer, padding, anything computed twice, the last token of a sequence (nothing
 * follows it), and in the last layer what is neither key nor value of a token whose successor is not learned.
 *
 * A product in the forward pass is two in the backward pass, for the gradients of its input and of its weight; attention
 * likewise. Pixels need no gradient, so the patch embedding has one.
 */
export function sftStepFlops(shape: ModelShape, sequences: readonly SequenceRow[]): number {
  let sum = 0;
  for (const { ids, weights, vision } of sequences) {
    sum += 3 * textFlops(shape, ids.length - 1, weights.filter((weight) => weight > 0).length);
    for (const { grid } of vision) {
      const [t, h, w] = grid;
      const patches = t * h * w;
      sum += 2 * product(patches, shape.vision.patchDim, shape.vision.hiddenSize);
      // A frame of the bench fits into one window, so all blocks attend alike.
      sum += 3 * (visionBlockFlops(shape, patches, h * w) * shape.vision.layers + mergerFlops(shape, patches));
    }
  }
  return sum;
}

/** @param tokens that are read @param learned of which predictions are, the last of `tokens` */
function textFlops(shape: ModelShape, tokens: number, learned: number): number {
  const { hiddenSize, intermediateSize, layers } = shape;
  const headDim = hiddenSize / shape.heads;
  const keysAndValues = 2 * shape.keyValueHeads * headDim;
  const layer = (queries: number): number =>
    product(tokens, hiddenSize, keysAndValues) +
    product(queries, hiddenSize, 2 * hiddenSize) + // queries and output
    product(queries, hiddenSize, 3 * intermediateSize) + // gate, up, down
    // Token i, counted from 1, looks at i keys and takes the sum of i values.
    2 * 2 * hiddenSize * (triangle(tokens) - triangle(tokens - queries));
  return (layers - 1) * layer(tokens) + layer(learned) + product(learned, hiddenSize, shape.vocabSize);
}

function visionBlockFlops({ vision }: ModelShape, patches: number, attended: number): number {
  return (
    product(patches, vision.hiddenSize, 4 * vision.hiddenSize) + // queries, keys, values, output
    product(patches, vision.hiddenSize, 3 * vision.intermediateSize) +
    2 * 2 * vision.hiddenSize * patches * attended
  );
}

function mergerFlops({ vision, hiddenSize }: ModelShape, patches: number): number {
  const merged = vision.hiddenSize * vision.merge ** 2;
  return product(patches / vision.merge ** 2, merged, merged + hiddenSize);
}

const product = (rows: number, inputs: number, outputs: number): number => 2 * rows * inputs * outputs;
const triangle = (n: number): number => (n * (n + 1)) / 2;
