/** A configuration of the Qwen2.5-VL family, as far as the bench varies it and counts its work. */
export interface ModelShape {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly vision: {
    readonly layers: number;
    readonly hiddenSize: number;
    readonly intermediateSize: number;
    readonly heads: number;
    /** Patches along each side of a token. */
    readonly merge: number;
    /** Values of a patch: 3 channels × 2 frames × 14 × 14 pixels. */
    readonly patchDim: number;
  };
}

const PATCH_SIZE = 14;
const TEMPORAL_PATCH_SIZE = 2;

/** Proportions of the published models where these make sense at such sizes. @param hiddenSize a multiple of 64 */
export function modelShape(hiddenSize: number, vocabSize: number, layers: number): ModelShape {
  const visionHidden = Math.max(64, hiddenSize / 2);
  return {
    vocabSize,
    hiddenSize,
    intermediateSize: 3 * hiddenSize,
    layers,
    heads: hiddenSize / 32,
    keyValueHeads: hiddenSize / 64,
    vision: {
      layers: 4,
      hiddenSize: visionHidden,
      intermediateSize: 2 * visionHidden,
      heads: 4,
      merge: 2,
      patchDim: 3 * TEMPORAL_PATCH_SIZE * PATCH_SIZE ** 2,
    },
  };
}

/** That of Qwen2.5-VL-3B. */
export const SHAPE_OF_3B: ModelShape = {
  vocabSize: 151_936,
  hiddenSize: 2048,
  intermediateSize: 11_008,
  layers: 36,
  heads: 16,
  keyValueHeads: 2,
  vision: {
    layers: 32,
    hiddenSize: 1280,
    intermediateSize: 3420,
    heads: 16,
    merge: 2,
    patchDim: 3 * TEMPORAL_PATCH_SIZE * PATCH_SIZE ** 2,
  },
};

/** Ids that mean something. 0 and 1 are what the peers pad with and end with; text is what lies between. */
export function specialTokens({ vocabSize }: Pick<ModelShape, 'vocabSize'>) {
  return {
    firstText: 2,
    lastText: vocabSize - 5,
    imagePad: vocabSize - 4,
    videoPad: vocabSize - 3,
    visionStart: vocabSize - 2,
    visionEnd: vocabSize - 1,
  };
}

/** The text of config.json, in the layout of transformers 5. */
export function configJson(shape: ModelShape): string {
  const tokens = specialTokens(shape);
  const headDim = shape.hiddenSize / shape.heads;
  return JSON.stringify({
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    model_type: 'qwen2_5_vl',
    tie_word_embeddings: true,
    image_token_id: tokens.imagePad,
    video_token_id: tokens.videoPad,
    vision_start_token_id: tokens.visionStart,
    vision_end_token_id: tokens.visionEnd,
    text_config: {
      model_type: 'qwen2_5_vl_text',
      vocab_size: shape.vocabSize,
      hidden_size: shape.hiddenSize,
      intermediate_size: shape.intermediateSize,
      num_hidden_layers: shape.layers,
      num_attention_heads: shape.heads,
      num_key_value_heads: shape.keyValueHeads,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-6,
      rope_parameters: {
        rope_type: 'default',
        rope_theta: 1e6,
        mrope_section: [headDim / 8, (3 * headDim) / 16, (3 * headDim) / 16],
      },
      tie_word_embeddings: true,
      bos_token_id: null,
      eos_token_id: null,
      pad_token_id: null,
    },
    vision_config: {
      model_type: 'qwen2_5_vl_vision',
      depth: shape.vision.layers,
      hidden_size: shape.vision.hiddenSize,
      intermediate_size: shape.vision.intermediateSize,
      num_heads: shape.vision.heads,
      out_hidden_size: shape.hiddenSize,
      patch_size: PATCH_SIZE,
      spatial_merge_size: shape.vision.merge,
      temporal_patch_size: TEMPORAL_PATCH_SIZE,
      window_size: 112,
      tokens_per_second: 2,
      fullatt_block_indexes: [shape.vision.layers - 1],
    },
  });
}
