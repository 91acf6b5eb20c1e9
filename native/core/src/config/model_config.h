#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace srvau {

/** The vision tower, named as in `vision_config` of Hugging Face's config.json. */
struct VisionConfig {
  int64_t depth;
  int64_t hidden_size;
  int64_t intermediate_size;
  int64_t num_heads;
  int64_t in_channels;
  int64_t patch_size;           // pixels
  int64_t spatial_merge_size;   // patches
  int64_t temporal_patch_size;  // frames
  double tokens_per_second;     // temporal M-RoPE positions a second
  int64_t window_size;          // pixels
  int64_t out_hidden_size;      // equals TextConfig::hidden_size
  std::vector<int64_t> fullatt_block_indexes;

  int64_t head_dim() const { return hidden_size / num_heads; }
  /** Values of one patch: channels * frames * rows * columns. */
  int64_t patch_dim() const { return in_channels * temporal_patch_size * patch_size * patch_size; }
  /** Patches that become one token. */
  int64_t merge_unit() const { return spatial_merge_size * spatial_merge_size; }
};

/** The text decoder. */
struct TextConfig {
  int64_t vocab_size;
  int64_t hidden_size;
  int64_t intermediate_size;
  int64_t num_hidden_layers;
  int64_t num_attention_heads;
  int64_t num_key_value_heads;
  int64_t max_position_embeddings;
  double rms_norm_eps;
  double rope_theta;
  /** How many of the head_dim/2 frequencies turn with the temporal, height and width position. */
  std::array<int64_t, 3> mrope_section;

  int64_t head_dim() const { return hidden_size / num_attention_heads; }
};

struct ModelConfig {
  TextConfig text;
  VisionConfig vision;
  int64_t image_token_id;
  int64_t video_token_id;
  int64_t vision_start_token_id;
  int64_t vision_end_token_id;
  /** lm_head shares its weight with the token embedding. */
  bool tie_word_embeddings;
  /** Standard deviation of freshly drawn weights. */
  double initializer_range;
  /** What it was read from, so that a checkpoint is written with the very configuration it came with. */
  std::string json;
};

/**
 * Reads the text of a config.json of the Qwen2.5-VL family, in the flat layout of the published checkpoints (text
 * fields at the root) as well as the nested one (`text_config`). Defaults are those of transformers. What comes back is
 * consistent: heads divide hidden sizes, mrope_section adds up to head_dim / 2, token ids are inside the vocabulary,
 * block indexes below depth, and no product of sizes overflows.
 *
 * @param what where the text is from, e.g. its path; errors begin with it.
 * @throws Error CHECKPOINT: no JSON, a missing or mistyped field. UNSUPPORTED: a well-formed configuration that this
 * code does not implement (another model_type, sliding windows in use, RoPE scaling, another activation, attention
 * dropout…). Both name the field, what was expected and what came.
 */
ModelConfig parse_model_config(const std::string& json_text, const std::string& what = "config.json");

/** parse_model_config of `dir`/config.json. @throws as above, and CHECKPOINT when the file cannot be read. */
ModelConfig read_model_config(const std::string& dir);

/**
 * The configuration with every `dtype` and `torch_dtype` it states set to `dtype`, e.g. "float32"; as it came when it
 * states no other. transformers casts the weights to what config.json says, whatever the files hold.
 */
std::string config_json_with_dtype(const std::string& json_text, const std::string& dtype);

}  // namespace srvau
