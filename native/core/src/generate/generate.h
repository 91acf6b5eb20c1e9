#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/cancel.h"
#include "generate/decode.h"
#include "model/batch.h"
#include "model/model.h"

namespace srvau {

struct SamplingOptions {
  /** Logits are divided by it; 0 takes the most probable token (the lowest id of equals). */
  double temperature = 1.0;
  /** Only the most probable tokens that together reach it can occur, in (0, 1]. */
  double top_p = 1.0;
  /** Only that many most probable tokens can occur; 0: all. */
  int64_t top_k = 0;
  /** At least 1. */
  int64_t max_new_tokens = 512;
  /** A completion ends with, and includes, the first of these. */
  std::vector<int64_t> stop_tokens;
  /** Can never occur. Pad tokens of images and videos are always among them. */
  std::vector<int64_t> suppressed;
};

/** A prompt and how often to complete it. The prompt is computed once for all its samples. */
struct GenerateRequest {
  Prompt prompt;
  /** One for each sample; equal seeds give equal samples, whatever else is in the batch. */
  std::vector<uint64_t> seeds;
  /** For each sample the most tokens it may have; empty: max_new_tokens for all. None may exceed max_new_tokens. */
  std::vector<int64_t> limits = {};
};

enum class FinishReason { kStop, kLength };

struct Completion {
  std::vector<int64_t> ids;
  /**
   * Of each token, under the softmax at the temperature (1 when it is 0) without the suppressed tokens: what
   * Model::logprobs gives. top_p and top_k choose among tokens and do not enter.
   */
  std::vector<float> logprobs;
  FinishReason finish;
};

struct GenerateOptions {
  SamplingOptions sampling;
  MropeVariant mrope = MropeVariant::kTransformers457;
  /** Sequences decoded at a time, which bounds the memory of the cache; 0: all. */
  int64_t max_sequences = 0;
  DecodePath decode = DecodePath::kOfDevice;
};

/** Called on the computing thread after each token, in order for each sample. It must not throw. */
using TokenCallback = std::function<void(size_t request, size_t sample, int64_t token, float logprob)>;

/**
 * Completes prompts. Sequences that end leave the batch at once.
 *
 * @return for each request a completion for each seed
 * @throws Error INVALID_ARGUMENT naming the field; CANCELLED between two tokens of the batch.
 */
std::vector<std::vector<Completion>> generate(const Model& model, const std::vector<GenerateRequest>& requests,
                                              const GenerateOptions& options, const CancelPtr& cancel = nullptr,
                                              const TokenCallback& on_token = nullptr);

}  // namespace srvau
