#pragma once

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "model/batch.h"
#include "model/model.h"

namespace srvau {

struct ScoreOptions {
  MropeVariant mrope = MropeVariant::kTransformers457;
  /** As in sampling and in the loss. */
  ops::TokenLogprobOptions softmax;
  /** Rows computed at a time; 0: all. */
  int64_t max_tokens = 0;
};

/**
 * Log-probabilities of given completions without gradients: those of the sampling policy or of a frozen reference, a
 * mapped model included.
 *
 * @return for each group and each of its completions one value a token
 * @throws Error INVALID_ARGUMENT naming the field; CANCELLED between two passes.
 */
std::vector<std::vector<std::vector<float>>> completion_logprobs(const Model& model,
                                                                 const std::vector<PromptGroup>& groups,
                                                                 const ScoreOptions& options,
                                                                 const CancelPtr& cancel = nullptr);

}  // namespace srvau
