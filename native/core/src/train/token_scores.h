#pragma once

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "model/batch.h"
#include "model/model.h"
#include "train/completion_logprobs.h"

namespace srvau {

/** One value a token. */
struct TokenScores {
  std::vector<float> logprobs;
  std::vector<float> entropies;  // nats
};

struct GroupScores {
  TokenScores prompt;  // of its tokens but the first; empty unless everything was asked for
  std::vector<TokenScores> completions;
};

/**
 * Log-probabilities of given tokens and the entropies of the distributions they are from, without gradients.
 *
 * @param groups may have no completions where everything is asked for
 * @throws Error INVALID_ARGUMENT naming the field; CANCELLED between two passes.
 */
std::vector<GroupScores> token_scores(const Model& model, const std::vector<PromptGroup>& groups, Scope scope,
                                      const ScoreOptions& options, const CancelPtr& cancel = nullptr);

}  // namespace srvau
