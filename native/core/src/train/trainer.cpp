#include "train/trainer.h"

#include <algorithm>
#include <cmath>

#include <ATen/core/grad_mode.h>

#include "base/error.h"

namespace srvau {
namespace {

std::vector<Parameter> trained_of(const std::shared_ptr<Model>& model, bool train_vision) {
  SRVAU_REQUIRE(model != nullptr && !model->parameters().empty(),
                "model: expected one that was loaded or drawn, received ", model ? "a mapped one" : "none");
  std::vector<Parameter> trained;
  for (const auto& parameter : model->parameters()) {
    if (train_vision || !parameter.is_vision) trained.push_back(parameter);
  }
  return trained;
}

TrainerOptions checked(TrainerOptions options) {
  SRVAU_REQUIRE(options.max_grad_norm >= 0, "max_grad_norm: expected a number of at least 0, received ",
                options.max_grad_norm);
  SRVAU_REQUIRE(options.max_tokens_per_pass >= 0, "max_tokens_per_pass: expected at least 0, received ",
                options.max_tokens_per_pass);
  SRVAU_REQUIRE(options.logits_chunk_bytes > 0, "logits_chunk_bytes: expected at least 1, received ",
                options.logits_chunk_bytes);
  auto& suppressed = options.suppressed;
  std::sort(suppressed.begin(), suppressed.end());
  suppressed.erase(std::unique(suppressed.begin(), suppressed.end()), suppressed.end());
  return options;
}

int64_t count_of(const std::vector<int64_t>& ids) { return static_cast<int64_t>(ids.size()); }

}  // namespace

Trainer::Trainer(std::shared_ptr<Model> model, TrainerOptions options)
    : model_(std::move(model)),
      options_(checked(std::move(options))),
      parameters_(trained_of(model_, options_.train_vision)),
      optimizer_(parameters_, options_.optimizer),
      gradients_(parameters_) {
  if (!options_.masters_from.empty()) optimizer_.load_masters(Checkpoint::open(options_.masters_from));
}

PassOptions Trainer::pass_options(double temperature) const {
  return {{.recompute = options_.recompute, .train_vision = options_.train_vision},
          options_.mrope,
          {temperature, options_.suppressed, options_.logits_chunk_bytes}};
}

template <typename Pass>
void Trainer::in_passes(const std::vector<GroupLengths>& lengths, const CancelPtr& cancel, Pass&& pass) {
  try {
    for (const auto& batch : plan_micro_batches(lengths, options_.max_tokens_per_pass)) {
      check_cancelled(cancel);
      pass(batch);
      gradients_.collect();
    }
  } catch (...) {
    gradients_.clear();
    throw;
  }
}

SftStats Trainer::accumulate_sft(const std::vector<SftSample>& samples, double normalizer, const CancelPtr& cancel) {
  check_samples(samples);
  SRVAU_REQUIRE(normalizer > 0 && std::isfinite(normalizer), "normalizer: expected a number above 0, received ",
                normalizer);
  std::vector<GroupLengths> lengths;
  for (const auto& sample : samples) lengths.push_back({count_of(sample.prompt.ids), {count_of(sample.completion)}});
  SftStats stats;
  in_passes(lengths, cancel, [&](const MicroBatch& batch) {
    std::vector<SftSample> part;
    for (const auto& item : batch) part.push_back(samples[item.group]);
    stats += sft_pass(*model_, part, normalizer, pass_options(1));
  });
  return stats;
}

GrpoStats Trainer::accumulate_grpo(const std::vector<RolloutGroup>& groups, const GrpoLossOptions& loss_options,
                                   const GrpoTotals& totals, double temperature, const CancelPtr& cancel) {
  check_rollouts(groups, loss_options);
  std::vector<GroupLengths> lengths;
  std::vector<std::vector<const Rollout*>> counted;  // masked rollouts cost nothing
  for (const auto& group : groups) {
    lengths.push_back({count_of(group.prompt.ids), {}});
    counted.emplace_back();
    for (const auto& rollout : group.rollouts) {
      if (rollout.masked) continue;
      lengths.back().completions.push_back(count_of(rollout.ids));
      counted.back().push_back(&rollout);
    }
  }
  GrpoStats stats;
  in_passes(lengths, cancel, [&](const MicroBatch& batch) {
    std::vector<RolloutGroup> part;
    for (const auto& item : batch) {
      part.push_back({groups[item.group].prompt, {}});
      for (size_t i = item.first; i < item.first + item.count; ++i)
        part.back().rollouts.push_back(*counted[item.group][i]);
    }
    stats += grpo_pass(*model_, part, loss_options, totals, pass_options(temperature));
  });
  return stats;
}

StepStats Trainer::step(double learning_rate) {
  at::NoGradGuard none;
  const auto clear = [](Gradients* gradients) { gradients->clear(); };
  const std::unique_ptr<Gradients, decltype(clear)> cleared_at_the_end(&gradients_, clear);
  auto gradients = gradients_.sums();
  if (options_.reduce_gradients) options_.reduce_gradients(gradients);
  StepStats stats{global_norm(gradients), false, false};
  stats.skipped = !std::isfinite(stats.grad_norm);
  if (stats.skipped) return stats;
  const double scale = options_.max_grad_norm / (stats.grad_norm + 1e-6);
  stats.clipped = options_.max_grad_norm > 0 && scale < 1;
  if (stats.clipped) at::_foreach_mul_(defined_of(gradients), scale);
  optimizer_.step(gradients, learning_rate);
  return stats;
}

}  // namespace srvau
