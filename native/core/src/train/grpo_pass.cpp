#include <cmath>

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.h"
#include "train/passes.h"

namespace srvau {
namespace {

void check_column(const std::vector<float>& column, const Rollout& rollout, bool needed, const std::string& what) {
  SRVAU_REQUIRE(column.size() == rollout.ids.size() || (column.empty() && !needed), what, ": expected ",
                rollout.ids.size(), ", one for each id,", needed ? "" : " or none,", " received ", column.size());
  for (size_t t = 0; t < column.size(); ++t)
    SRVAU_REQUIRE(std::isfinite(column[t]), what, "[", t, "]: expected a finite number, received ", column[t]);
}

}  // namespace

GrpoTotals totals_of(const std::vector<RolloutGroup>& groups) {
  GrpoTotals totals;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      ++totals.sequences;
      if (!rollout.masked) totals.tokens += static_cast<int64_t>(rollout.ids.size());
    }
  }
  return totals;
}

void check_rollouts(const std::vector<RolloutGroup>& groups, const GrpoLossOptions& options) {
  check_options(options);
  const Rollout* first = nullptr;
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t j = 0; j < groups[i].rollouts.size(); ++j) {
      const auto& rollout = groups[i].rollouts[j];
      if (rollout.masked) continue;
      if (first == nullptr) first = &rollout;
      const auto at = c10::str("groups[", i, "].rollouts[", j, "]");
      SRVAU_REQUIRE(!rollout.ids.empty(), at, ".ids: expected at least one token, received none");
      SRVAU_REQUIRE(std::abs(rollout.advantage) <= kMostNumber, at, ".advantage: expected a number from ", -kMostNumber,
                    " to ", kMostNumber, ", received ", rollout.advantage);
      check_column(rollout.old_logprobs, rollout, !first->old_logprobs.empty(), at + ".old_logprobs");
      SRVAU_REQUIRE(first->old_logprobs.empty() == rollout.old_logprobs.empty(), at,
                    ".old_logprobs: expected none, as the first rollout has none, received ",
                    rollout.old_logprobs.size());
      check_column(rollout.reference_logprobs, rollout, options.kl_coef > 0, at + ".reference_logprobs");
    }
  }
}

GrpoStats grpo_pass(const Model& model, const std::vector<RolloutGroup>& groups, const GrpoLossOptions& loss_options,
                    const GrpoTotals& totals, const PassOptions& options) {
  c10::AutoGradMode gradients(true);
  std::vector<PromptGroup> prompts;
  std::vector<float> old_logprobs, reference_logprobs;
  GrpoTokens tokens;
  for (const auto& group : groups) {
    prompts.push_back({group.prompt, {}});
    for (const auto& rollout : group.rollouts) {
      prompts.back().completions.push_back(rollout.ids);
      tokens.lengths.push_back(static_cast<int64_t>(rollout.ids.size()));
      tokens.advantages.push_back(rollout.advantage);
      old_logprobs.insert(old_logprobs.end(), rollout.old_logprobs.begin(), rollout.old_logprobs.end());
      reference_logprobs.insert(reference_logprobs.end(), rollout.reference_logprobs.begin(),
                                rollout.reference_logprobs.end());
    }
  }
  const auto device = model.device();
  const auto column = [&](const std::vector<float>& values) {
    return values.empty() ? at::Tensor() : at::tensor(values, at::kFloat).to(device);
  };
  const auto batch = pack(prompts, model.config(), options.mrope, Scope::kCompletions, device);
  const auto out = model.logprobs(batch, options.forward, options.softmax);
  tokens.logprobs = out.logprobs;
  tokens.entropy = out.entropy;
  tokens.old_logprobs = column(old_logprobs);
  if (loss_options.kl_coef > 0) tokens.reference_logprobs = column(reference_logprobs);
  const auto result = grpo_loss(tokens, loss_options, totals);
  torch::autograd::backward({result.loss}, {});
  return result.stats;
}

}  // namespace srvau
