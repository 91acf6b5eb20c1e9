#pragma once

// For tests: the references of model/reference.h as training data.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/testing.h"
#include "model/model.h"
#include "model/reference.h"
#include "train/completion_logprobs.h"
#include "train/trainer.h"

namespace srvau::testing {

/** Each sequence, cut before the first token that has a weight. */
inline std::vector<SftSample> samples_of(const Reference& reference) {
  std::vector<SftSample> samples;
  for (const auto& sequence : reference.sequences()) {
    const auto& ids = sequence.prompt.ids;
    const auto first = std::find_if(sequence.weights.begin(), sequence.weights.end(), [](double w) { return w > 0; });
    const auto cut = first - sequence.weights.begin();
    samples.push_back({{{ids.begin(), ids.begin() + cut}, sequence.prompt.clips},
                       {ids.begin() + cut, ids.end()},
                       {first, sequence.weights.end()}});
  }
  return samples;
}

/** Settings with which the references were made. */
inline TrainerOptions trainer_options_of(const Reference& reference) {
  const auto optimizer = reference.inputs()["optimizer"];
  TrainerOptions options;
  options.optimizer = {optimizer["beta1"].number(), optimizer["beta2"].number(), optimizer["eps"].number(),
                       optimizer["weight_decay"].number()};
  options.max_grad_norm = optimizer["max_grad_norm"].number();
  options.mrope = reference.mrope();
  options.suppressed = reference.forbidden();
  return options;
}

inline std::shared_ptr<Model> model_of(const Reference& reference, at::ScalarType dtype = at::kFloat) {
  return Model::load(reference.checkpoint(), {srvau::testing::device(), dtype});
}

using NamedValues = std::map<std::string, at::Tensor>;

/** Gradients that lie in the parameters, by the names of a checkpoint; of those that have one. */
inline NamedValues gradients_of(const Model& model) {
  NamedValues all;
  for (const auto& parameter : model.parameters()) {
    if (!parameter.tensor.grad().defined()) continue;
    for (const auto& slice : parameter.slices)
      all[slice.name] = Parameter::view(parameter.tensor.grad(), slice).clone();
  }
  return all;
}

inline NamedValues weights_of(const Model& model) {
  NamedValues all;
  for (const auto& parameter : model.parameters()) {
    for (const auto& slice : parameter.slices)
      all[slice.name] = Parameter::view(parameter.tensor.detach(), slice).clone();
  }
  return all;
}

/** Largest relative_error of any of them; infinite where the names differ. */
inline double worst_error(const NamedValues& actual, const NamedValues& wanted) {
  double worst = actual.size() == wanted.size() ? 0 : INFINITY;
  for (const auto& [name, value] : actual) {
    const auto at = wanted.find(name);
    worst = std::max(worst, at == wanted.end() ? INFINITY : relative_error(value, at->second));
  }
  return worst;
}

/** Norm of the difference of all of them / norm of `wanted`; infinite where the names differ. */
inline double distance(const NamedValues& actual, const NamedValues& wanted) {
  double error = actual.size() == wanted.size() ? 0 : INFINITY, size = 0;
  for (const auto& [name, value] : wanted) {
    const auto found = actual.find(name);
    if (found == actual.end()) return INFINITY;
    const auto exact = value.to(at::kDouble);
    error += (found->second.to(at::kDouble) - exact).square().sum().item<double>();
    size += exact.square().sum().item<double>();
  }
  return std::sqrt(error / size);
}

/** The tensors of a reference whose names begin with `prefix`, without it. */
inline NamedValues expected_of(const Reference& reference, const std::string& prefix) {
  NamedValues all;
  for (const auto& entry : reference.all_expected().entries()) {
    if (entry.name.starts_with(prefix)) all[entry.name.substr(prefix.size())] = reference.expected(entry.name);
  }
  return all;
}

/** Two prompts with four rollouts each, scored by the model itself where asked, by an older one and a reference. */
inline std::vector<RolloutGroup> rollouts_of(const Reference& reference, const Model& model) {
  const std::vector<std::vector<int64_t>> completions = {{5, 6, 7}, {8}, {9, 10, 11}, {12, 13, 14, 15}};
  std::vector<PromptGroup> prompts;
  for (const auto& sample : samples_of(reference)) prompts.push_back({sample.prompt, completions});
  const auto logprobs = completion_logprobs(model, prompts, {reference.mrope(), {1, reference.forbidden()}, 0});
  std::vector<RolloutGroup> groups;
  for (size_t i = 0; i < prompts.size(); ++i) {
    groups.push_back({prompts[i].prompt, {}});
    for (size_t j = 0; j < completions.size(); ++j) {
      Rollout rollout{completions[j], 0.5 * static_cast<double>(j) - 0.75, logprobs[i][j], logprobs[i][j], false};
      for (size_t t = 0; t < rollout.ids.size(); ++t) {
        rollout.old_logprobs[t] += 0.1F * std::sin(static_cast<float>(3 * i + 5 * j + 7 * t));
        rollout.reference_logprobs[t] -= 0.2F * std::cos(static_cast<float>(i + j + t));
      }
      groups.back().rollouts.push_back(std::move(rollout));
    }
  }
  return groups;
}

/** Each rollout as a group of its own. */
inline std::vector<RolloutGroup> one_by_one(const std::vector<RolloutGroup>& groups) {
  std::vector<RolloutGroup> alone;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) alone.push_back({group.prompt, {rollout}});
  }
  return alone;
}

}  // namespace srvau::testing
