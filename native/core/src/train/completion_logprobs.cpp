#include "train/completion_logprobs.h"

#include "train/token_scores.h"

namespace srvau {

std::vector<std::vector<std::vector<float>>> completion_logprobs(const Model& model,
                                                                 const std::vector<PromptGroup>& groups,
                                                                 const ScoreOptions& options, const CancelPtr& cancel) {
  std::vector<std::vector<std::vector<float>>> result;
  for (auto& group : token_scores(model, groups, Scope::kCompletions, options, cancel)) {
    result.emplace_back();
    for (auto& scores : group.completions) result.back().push_back(std::move(scores.logprobs));
  }
  return result;
}

}  // namespace srvau
