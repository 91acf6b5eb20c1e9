#include "train/trainer.h"

#include <algorithm>
#include <cmath>

#include <ATen/core/grad_mode.h>
#include <c10/util/hash.h>

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
  SRVAU_REQUIRE(options.max_grad_norm >= 0 && std::isfinite(options.max_grad_norm),
                "max_grad_norm: expected a finite number of at least 0, received ", options.max_grad_norm);
  SRVAU_REQUIRE(options.max_tokens_per_pass >= 0, "max_tokens_per_pass: expected at least 0, received ",
                options.max_tokens_per_pass);
  SRVAU_REQUIRE(options.logits_chunk_bytes >= 0, "logits_chunk_bytes: expected at least 0, received ",
                options.logits_chunk_bytes);
  auto& suppressed = options.suppressed;
  std::sort(suppressed.begin(), suppressed.end());
  suppressed.erase(std::unique(suppressed.begin(), suppressed.end()), suppressed.end());
  return options;
}

/** Equal for equal names and shapes. */
std::string structure_of(const std::vector<Parameter>& parameters) {
  size_t hash = 0;
  for (const auto& parameter : parameters) {
    for (const auto& slice : parameter.slices) hash = c10::hash_combine(hash, c10::get_hash(slice.name, slice.shape));
  }
  return std::to_string(hash);
}

/** (): tells weights apart that are not of the same bits. */
at::Tensor sum_of_bits(const at::Tensor& weights) {
  return weights.detach().view(weights.element_size() == 4 ? at::kInt : at::kShort).sum(at::kLong);
}

GrpoTotals over_ranks(const GrpoTotals& own, GrpoLossType loss_type, ProcessGroup& group, const CancelPtr& cancel) {
  const auto all = group.reduce_numbers({static_cast<double>(own.sequences), static_cast<double>(own.tokens)},
                                        Reduction::kSum, cancel);
  const bool of_one_rank = loss_type == GrpoLossType::kBnpo;
  return {static_cast<int64_t>(all[0]), of_one_rank ? own.tokens * group.world_size() : static_cast<int64_t>(all[1])};
}

int64_t count_of(const std::vector<int64_t>& ids) { return static_cast<int64_t>(ids.size()); }

}  // namespace

Trainer::Trainer(std::shared_ptr<Model> model, TrainerOptions options)
    : model_(std::move(model)),
      options_(checked(std::move(options))),
      optimizer_(trained_of(model_, options_.train_vision), options_.optimizer, options_.group),
      gradients_(optimizer_.parameters()) {
  const auto load_masters = [this] {
    if (!options_.masters_from.empty()) optimizer_.load_masters(Checkpoint::open(options_.masters_from));
  };
  if (options_.group) {
    check_ranks_agree();
    options_.group->together("load the master weights", load_masters);
  } else {
    load_masters();
  }
}

void Trainer::check_ranks_agree() const {
  const auto& parameters = optimizer_.parameters();
  const auto& [beta1, beta2, eps, weight_decay] = options_.optimizer;
  auto& group = *options_.group;
  SRVAU_REQUIRE(group.device() == model_->device(), "model: expected one on ", group.device(),
                ", as its group is, received one on ", model_->device());
  group.meet_at(c10::str("train ", parameters.size(), " parameters of ", model_->dtype(), ", structure ",
                         structure_of(parameters), ", with beta1 ", beta1, ", beta2 ", beta2, ", eps ", eps,
                         ", weight_decay ", weight_decay, ", max_grad_norm ", options_.max_grad_norm));
  std::vector<at::Tensor> sums;
  for (const auto& parameter : parameters) sums.push_back(sum_of_bits(parameter.tensor));
  const auto largest = at::stack(sums), smallest = largest.clone();
  group.all_reduce({largest}, Reduction::kMax);
  group.all_reduce({smallest}, Reduction::kMin);
  const auto same = largest.eq(smallest).cpu();
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!same.const_data_ptr<bool>()[i])
      fail(ErrorCode::kProcessGroup, "expected the same weights on all ranks, ", parameters[i].name(),
           " differs between them");
  }
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

SftStats Trainer::accumulate_sft(const std::vector<SftSample>& samples, std::optional<double> given,
                                 const CancelPtr& cancel) {
  const auto check = [&] {
    check_samples(samples);
    for (size_t i = 0; i < samples.size(); ++i) {
      const auto path = c10::str("samples[", i, "]");
      check_prompt(samples[i].prompt, model_->config(), options_.mrope, path + ".prompt");
      check_completion(samples[i].completion, samples[i].prompt.ids.size(), model_->config(), path + ".completion");
    }
  };
  double normalizer = given ? *given : total_weight(samples);
  if (options_.group && !given) {
    options_.group->together("accumulate_sft", check, cancel);
    normalizer = options_.group->reduce_numbers({normalizer}, Reduction::kSum, cancel).front();
  } else {
    check();
  }
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
                                   std::optional<GrpoTotals> given, double temperature, const CancelPtr& cancel) {
  const auto check = [&] {
    ops::check_temperature(temperature);
    check_rollouts(groups, loss_options);
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto path = c10::str("groups[", i, "]");
      check_prompt(groups[i].prompt, model_->config(), options_.mrope, path + ".prompt");
      for (size_t j = 0; j < groups[i].rollouts.size(); ++j) {
        const auto& rollout = groups[i].rollouts[j];
        if (!rollout.masked)
          check_completion(rollout.ids, groups[i].prompt.ids.size(), model_->config(),
                           c10::str(path, ".rollouts[", j, "].ids"));
      }
    }
  };
  auto totals = given ? *given : totals_of(groups);
  if (options_.group && !given) {
    options_.group->together("accumulate_grpo", check, cancel);
    totals = over_ranks(totals, loss_options.loss_type, *options_.group, cancel);
  } else {
    check();
  }
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

StepStats Trainer::step(double learning_rate, const CancelPtr& cancel) {
  check_learning_rate(learning_rate);
  at::NoGradGuard none;
  const auto clear = [](Gradients* gradients) { gradients->clear(); };
  const std::unique_ptr<Gradients, decltype(clear)> cleared_at_the_end(&gradients_, clear);
  auto gradients = gradients_.sums();
  if (auto* const group = options_.group.get()) {
    group->meet_at(c10::str("step with a learning rate of ", learning_rate), cancel);
    sum_over_ranks(gradients, optimizer_.parameters(), *group, cancel);
  }
  StepStats stats{global_norm(gradients), false, false};
  stats.skipped = !std::isfinite(stats.grad_norm);
  if (stats.skipped) return stats;
  const double scale = options_.max_grad_norm / (stats.grad_norm + 1e-6);
  stats.clipped = options_.max_grad_norm > 0 && scale < 1;
  optimizer_.step(gradients, stats.clipped ? scale : 1, learning_rate, cancel);
  return stats;
}

}  // namespace srvau
