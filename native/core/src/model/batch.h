#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "config/model_config.h"
#include "ops/attention.h"
#include "vision/mrope.h"

namespace srvau {

/** An image or a video cut into patches. Prompts that hold the same pointer share the work of the vision tower. */
struct Clip {
  VisionSpan span;
  at::Tensor pixels;  // (span.grid.patches(), patch_dim) float
};
using ClipPtr = std::shared_ptr<const Clip>;

struct Prompt {
  std::vector<int64_t> ids;    // with every pad token of its clips
  std::vector<ClipPtr> clips;  // in order of appearance
};

/** A prompt and what was, or is to be, answered to it. Completions hold no clips; there may be none at all. */
struct PromptGroup {
  Prompt prompt;
  std::vector<std::vector<int64_t>> completions;
};

/** Which tokens' log-probabilities are wanted. */
enum class Scope {
  kCompletions,  // every token of every completion
  kEverything,   // and every token of the prompts but their first
};

/**
 * Several prompts with their completions as one run of rows without padding. The prompt of several completions is there
 * once: they attend to it, and its rows are computed once.
 */
struct PackedBatch {
  at::Tensor ids;        // (T) int64
  at::Tensor positions;  // (3, T) int64
  std::shared_ptr<const ops::AttentionPlan> plan;

  std::vector<ClipPtr> clips;  // each once
  at::Tensor vision_rows;      // (S) int64: rows of pad tokens; undefined without clips
  at::Tensor vision_source;    // (S) int64: row of the vision tower's output that goes there

  /** The tokens asked for: prompt by prompt; of each first the prompt's own (kEverything), then completion by
   * completion. */
  at::Tensor predict_rows;  // (N) int64: row whose state predicts the token
  at::Tensor targets;       // (N) int64

  /** For each prompt the rotary position of what comes after it, the same on all axes. */
  std::vector<int64_t> next_positions;

  int64_t tokens() const { return ids.size(0); }
};

/**
 * What pack() checks, under the names that a caller's caller knows, before anything is computed.
 *
 * @param path e.g. "requests[3].prompt"
 * @throws Error INVALID_ARGUMENT naming the path and the field
 */
void check_prompt(const Prompt& prompt, const ModelConfig& config, MropeVariant variant, const std::string& path);
/** @param prompt_tokens that it follows */
void check_completion(const std::vector<int64_t>& ids, size_t prompt_tokens, const ModelConfig& config,
                      const std::string& path);

/**
 * @throws Error INVALID_ARGUMENT naming groups[i] and the field: an empty prompt or completion, an id outside the
 *   vocabulary, a pad token in a completion, clips that do not fit the prompt's pads, more tokens in a sequence than
 *   max_position_embeddings.
 */
PackedBatch pack(const std::vector<PromptGroup>& groups, const ModelConfig& config, MropeVariant variant, Scope scope,
                 at::Device device);

}  // namespace srvau
