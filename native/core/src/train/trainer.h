#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "model/model.h"
#include "train/gradients.h"
#include "train/micro_batches.h"
#include "train/optimizer.h"
#include "train/passes.h"

namespace srvau {

struct TrainerOptions {
  AdamWOptions optimizer;
  /** Gradients are scaled so that their norm is at most this; 0: never. */
  double max_grad_norm = 1.0;
  /** False: the vision tower stays as it is. */
  bool train_vision = true;
  /** Gradient checkpointing: less memory for one more forward pass. */
  bool recompute = false;
  MropeVariant mrope = MropeVariant::kTransformers457;
  /** Tokens left out of every softmax, as in sampling: the pads of images and videos belong here. */
  std::vector<int64_t> suppressed;
  /** Upper bound of the logits held at a time. */
  int64_t logits_chunk_bytes = int64_t{64} << 20;
  /** Rows of one pass; 0: a whole batch in one. */
  int64_t max_tokens_per_pass = 0;
  /** For a bfloat16 model: the checkpoint it was loaded from, whose float32 values become the masters; "": none. */
  std::string masters_from;
  /** Where there are several processes. */
  GradientReducer reduce_gradients;
};

struct StepStats {
  /** Before clipping. */
  double grad_norm;
  bool clipped;
  /** The norm was not finite: nothing was changed. */
  bool skipped;
};

/**
 * Trains the parameters of a model, one Trainer at a time: while it lives they require gradients, which lie in them.
 *
 * A step is any number of accumulate_… calls, then step(). When one of them throws, what the step had accumulated is
 * gone, and the trainer is as after the step before.
 */
class Trainer {
 public:
  /** @throws Error INVALID_ARGUMENT: a mapped model, an option out of its range. CHECKPOINT: see masters_from. */
  Trainer(std::shared_ptr<Model> model, TrainerOptions options);

  /**
   * Adds the gradient of Σ weight · -logprob / normalizer.
   * @param normalizer total_weight of the whole step, other accumulated batches (and processes) included
   * @throws Error INVALID_ARGUMENT naming the field; CANCELLED between two passes.
   */
  SftStats accumulate_sft(const std::vector<SftSample>& samples, double normalizer, const CancelPtr& cancel = nullptr);

  /**
   * Adds the gradient of the GRPO loss.
   * @param totals of the whole step, as for accumulate_sft
   * @param temperature that the rollouts were sampled at
   */
  GrpoStats accumulate_grpo(const std::vector<RolloutGroup>& groups, const GrpoLossOptions& loss_options,
                            const GrpoTotals& totals, double temperature = 1.0, const CancelPtr& cancel = nullptr);

  /** Updates the parameters with what was accumulated, and begins the next step. */
  StepStats step(double learning_rate);

  void discard_gradients() { gradients_.clear(); }

  const Model& model() const { return *model_; }
  AdamW& optimizer() { return optimizer_; }
  const AdamW& optimizer() const { return optimizer_; }

 private:
  PassOptions pass_options(double temperature) const;
  template <typename Pass>
  void in_passes(const std::vector<GroupLengths>& lengths, const CancelPtr& cancel, Pass&& pass);

  std::shared_ptr<Model> model_;
  TrainerOptions options_;
  std::vector<Parameter> parameters_;  // those that are trained
  AdamW optimizer_;
  Gradients gradients_;
};

}  // namespace srvau
