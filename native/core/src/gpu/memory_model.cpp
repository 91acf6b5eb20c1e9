#include "gpu/memory_model.h"

#include <algorithm>

#include "generate/bucketed_cache.h"

namespace srvau {
namespace {

constexpr int64_t kFloat = 4, kDouble = 8, kIndex = 8;
constexpr int64_t kCacheBlock = 128;

int64_t blocks(int64_t positions) { return (positions + kCacheBlock - 1) / kCacheBlock * kCacheBlock; }

int64_t text_parameters(const TextConfig& text, bool tied) {
  const int64_t width = text.hidden_size, kv = text.num_key_value_heads * text.head_dim();
  const int64_t layer = 2 * width + (width + 1) * (width + 2 * kv) + width * width + 3 * width * text.intermediate_size;
  return (tied ? 1 : 2) * text.vocab_size * width + text.num_hidden_layers * layer + width;
}

int64_t vision_parameters(const VisionConfig& vision) {
  const int64_t width = vision.hidden_size, inner = vision.intermediate_size, merged = width * vision.merge_unit();
  const int64_t block =
      2 * width + (width + 1) * 3 * width + (width + 1) * width + (width + 1) * 2 * inner + (inner + 1) * width;
  return vision.patch_dim() * width + vision.depth * block + width + (merged + 1) * merged +
         (merged + 1) * vision.out_hidden_size;
}

/**
 * Values a row of one layer: what autograd keeps (input, two normed states, queries with keys and values before and
 * after they are turned, attention's output, the sum, gate and up, their product) and, while its gradient is computed,
 * the gradients of gate, up and their product and of two states.
 */
int64_t layer_values(int64_t width, int64_t qkv, int64_t inner, bool with_gradients) {
  const int64_t kept = 6 * width + 2 * qkv + 3 * inner;
  return with_gradients ? kept + 3 * inner + 2 * width : kept;
}

int64_t stack_bytes(int64_t rows, int64_t layers, int64_t width, int64_t qkv, int64_t inner, bool recompute,
                    int64_t element) {
  const int64_t all = recompute ? layers * width : layers * layer_values(width, qkv, inner, false);
  return rows * element * (all + layer_values(width, qkv, inner, true));
}

int64_t position_bytes(const TextConfig& text, int64_t element) {
  return 2 * text.num_hidden_layers * text.num_key_value_heads * text.head_dim() * element;
}

}  // namespace

int64_t parameters_of(const ModelConfig& config) {
  return text_parameters(config.text, config.tie_word_embeddings) + vision_parameters(config.vision);
}

int64_t cache_bytes(const TextConfig& config, const GrpoWorkload& w) {
  const int64_t positions =
      w.prompts * blocks(w.prompt_tokens) + bucket_of(w.prompts * w.samples) * blocks(w.new_tokens);
  return positions * position_bytes(config, static_cast<int64_t>(c10::elementSize(w.dtype)));
}

MemoryEstimate estimate_memory(const ModelConfig& config, const GrpoWorkload& w) {
  const auto& text = config.text;
  const auto& vision = config.vision;
  const auto element = static_cast<int64_t>(c10::elementSize(w.dtype));
  const bool rounded = w.dtype != at::kFloat;
  const int64_t head = text.vocab_size * text.hidden_size;
  MemoryEstimate m{};
  m.parameters = parameters_of(config);
  const int64_t trained = w.train_vision ? m.parameters : m.parameters - vision_parameters(vision);
  m.weights = m.parameters * element;
  m.reference = w.reference ? m.parameters * element : 0;
  m.optimizer = trained * (rounded ? 3 : 2) * kFloat;

  m.gradients = trained * (kFloat + (rounded ? element : 0));
  m.activations = stack_bytes(w.pass_tokens, text.num_hidden_layers, text.hidden_size,
                              (text.num_attention_heads + 2 * text.num_key_value_heads) * text.head_dim(),
                              text.intermediate_size, w.recompute, element);
  if (w.train_vision) {
    m.activations += stack_bytes(w.pass_patches, vision.depth, vision.hidden_size, 3 * vision.hidden_size,
                                 vision.intermediate_size, w.recompute, element);
  }
  // Logits, what the softmax makes of them twice, and all of it rounded; the head's gradient as a sum and as a part.
  m.logits = w.logits_chunk_bytes * 3 + (rounded ? w.logits_chunk_bytes * element / kFloat : 0) +
             head * (kFloat + 2 * element);

  const int64_t rows = bucket_of(w.prompts * w.samples);
  const int64_t joining = w.prompts * (blocks(w.prompt_tokens) + w.prompt_tokens) + rows * kCacheBlock;
  m.cache = std::max(cache_bytes(text, w), joining * position_bytes(text, element));
  const int64_t positions = blocks(w.prompt_tokens) + blocks(w.new_tokens);
  m.decoding = rows * text.num_attention_heads * positions * (3 * kFloat + 2 * element) +
               rows * text.vocab_size * (element + 2 * kFloat + 2 * kDouble) + rows * kIndex;
  return m;
}

}  // namespace srvau
