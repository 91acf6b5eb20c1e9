#include "train/completion_logprobs.h"

#include <ATen/core/grad_mode.h>

#include "train/micro_batches.h"

namespace srvau {

std::vector<std::vector<std::vector<float>>> completion_logprobs(const Model& model,
                                                                 const std::vector<PromptGroup>& groups,
                                                                 const ScoreOptions& options, const CancelPtr& cancel) {
  at::NoGradGuard none;
  std::vector<GroupLengths> lengths;
  std::vector<std::vector<std::vector<float>>> result;
  for (const auto& group : groups) {
    lengths.push_back({static_cast<int64_t>(group.prompt.ids.size()), {}});
    for (const auto& completion : group.completions)
      lengths.back().completions.push_back(static_cast<int64_t>(completion.size()));
    result.emplace_back(group.completions.size());
  }
  for (const auto& part_of : plan_micro_batches(lengths, options.max_tokens)) {
    check_cancelled(cancel);
    std::vector<PromptGroup> pass;
    for (const auto& part : part_of) {
      const auto begin = groups[part.group].completions.begin() + static_cast<std::ptrdiff_t>(part.first);
      pass.push_back({groups[part.group].prompt, {begin, begin + static_cast<std::ptrdiff_t>(part.count)}});
    }
    const auto batch = pack(pass, model.config(), options.mrope, Scope::kCompletions, model.device());
    const auto values = model.logprobs(batch, {}, options.softmax).logprobs.cpu();
    const auto* next = values.const_data_ptr<float>();
    for (const auto& part : part_of) {
      for (size_t i = part.first; i < part.first + part.count; ++i) {
        const auto count = lengths[part.group].completions[i];
        result[part.group][i].assign(next, next + count);
        next += count;
      }
    }
  }
  return result;
}

}  // namespace srvau
