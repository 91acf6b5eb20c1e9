#include "train/token_scores.h"

#include <ATen/core/grad_mode.h>

#include "train/micro_batches.h"

namespace srvau {
namespace {

int64_t count_of(const std::vector<int64_t>& ids) { return static_cast<int64_t>(ids.size()); }

/** Hands the values of a pass out in their order. */
class Reader {
 public:
  explicit Reader(const ops::TokenLogprobs& values)
      : logprobs_(values.logprobs.cpu()), entropies_(values.entropy.cpu()) {}

  TokenScores take(int64_t count) {
    const auto* logprobs = logprobs_.const_data_ptr<float>() + next_;
    const auto* entropies = entropies_.const_data_ptr<float>() + next_;
    next_ += count;
    return {{logprobs, logprobs + count}, {entropies, entropies + count}};
  }

 private:
  at::Tensor logprobs_, entropies_;
  int64_t next_ = 0;
};

}  // namespace

std::vector<GroupScores> token_scores(const Model& model, const std::vector<PromptGroup>& groups, Scope scope,
                                      const ScoreOptions& options, const CancelPtr& cancel) {
  at::NoGradGuard none;
  const bool with_prompts = scope == Scope::kEverything;
  std::vector<GroupLengths> lengths;
  std::vector<GroupScores> result;
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto& group = groups[i];
    const auto path = c10::str("groups[", i, "]");
    check_prompt(group.prompt, model.config(), options.mrope, path + ".prompt");
    for (size_t j = 0; j < group.completions.size(); ++j)
      check_completion(group.completions[j], group.prompt.ids.size(), model.config(),
                       c10::str(path, ".completions[", j, "]"));
    lengths.push_back({count_of(group.prompt.ids), {}});
    for (const auto& completion : group.completions) lengths.back().completions.push_back(count_of(completion));
    // A prompt alone is planned as one with a completion of no tokens, which no pass then has.
    if (with_prompts && group.completions.empty()) lengths.back().completions.push_back(0);
    result.push_back({{}, std::vector<TokenScores>(group.completions.size())});
  }
  for (const auto& parts : plan_micro_batches(lengths, options.max_tokens)) {
    check_cancelled(cancel);
    std::vector<PromptGroup> pass;
    for (const auto& part : parts) {
      const auto& group = groups[part.group];
      pass.push_back({group.prompt, {}});
      for (size_t i = part.first; i < part.first + part.count && i < group.completions.size(); ++i)
        pass.back().completions.push_back(group.completions[i]);
    }
    const auto batch = pack(pass, model.config(), options.mrope, scope, model.device());
    if (batch.targets.numel() == 0) continue;  // prompts of one token
    const auto values = model.logprobs(batch, {}, options.softmax);
    if (!values.logprobs.isfinite().all().item<bool>()) model.fail_not_finite();
    Reader reader(values);
    for (size_t k = 0; k < parts.size(); ++k) {
      auto& scores = result[parts[k].group];
      if (with_prompts) scores.prompt = reader.take(count_of(pass[k].prompt.ids) - 1);
      for (size_t i = 0; i < pass[k].completions.size(); ++i)
        scores.completions[parts[k].first + i] = reader.take(count_of(pass[k].completions[i]));
    }
  }
  return result;
}

}  // namespace srvau
