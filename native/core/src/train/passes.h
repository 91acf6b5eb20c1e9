#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "model/batch.h"
#include "model/model.h"
#include "train/grpo_loss.h"

namespace srvau {

/** How the model is run in training. */
struct PassOptions {
  ForwardOptions forward;
  MropeVariant mrope = MropeVariant::kTransformers457;
  ops::TokenLogprobOptions softmax;
};

/** A prompt with the answer to learn. */
struct SftSample {
  Prompt prompt;
  std::vector<int64_t> completion;
  /** What each token of the completion counts in the loss, >= 0; those of 0 are read but not learned. */
  std::vector<float> weights;
};

/** Sums, so that those of the parts of a batch add up. */
struct SftStats {
  double loss_sum = 0;  // of weight * -logprob, nats
  double weight_sum = 0;
  int64_t tokens = 0;      // of weight above 0
  double entropy_sum = 0;  // over these, nats

  SftStats& operator+=(const SftStats& part);
  /** NaN where no token has a weight. */
  double loss() const { return loss_sum / weight_sum; }
  double entropy() const { return entropy_sum / static_cast<double>(tokens); }
};

/** Of a list of samples, in double: what to divide their loss by. */
double total_weight(const std::vector<SftSample>& samples);

/** A sampled completion and what came of it. */
struct Rollout {
  std::vector<int64_t> ids;
  double advantage = 0;
  /** One for each id, under the policy that sampled them; empty: that is the policy trained. */
  std::vector<float> old_logprobs;
  /** One for each id, under the reference; may be empty where kl_coef is 0. */
  std::vector<float> reference_logprobs;
  /** A truncated completion that is to count nowhere but among the sequences. */
  bool masked = false;
};

/** The rollouts of one prompt. */
struct RolloutGroup {
  Prompt prompt;
  std::vector<Rollout> rollouts;
};

/** The totals that make all groups of one step one batch. */
GrpoTotals totals_of(const std::vector<RolloutGroup>& groups);

/** @throws Error INVALID_ARGUMENT naming samples[i] and the field. */
void check_samples(const std::vector<SftSample>& samples);
/** @throws Error INVALID_ARGUMENT naming groups[i].rollouts[j] and the field. */
void check_rollouts(const std::vector<RolloutGroup>& groups, const GrpoLossOptions& options);

/** One forward and backward pass: adds the gradient of loss_sum / normalizer to the model's parameters. */
SftStats sft_pass(const Model& model, const std::vector<SftSample>& samples, double normalizer,
                  const PassOptions& options);

/** The same for GRPO. No rollout may be masked: those are only left out. */
GrpoStats grpo_pass(const Model& model, const std::vector<RolloutGroup>& groups, const GrpoLossOptions& loss_options,
                    const GrpoTotals& totals, const PassOptions& options);

}  // namespace srvau
