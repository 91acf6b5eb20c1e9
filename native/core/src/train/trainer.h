#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "distributed/process_group.h"
#include "model/model.h"
#include "train/gradients.h"
#include "train/micro_batches.h"
#include "train/passes.h"
#include "train/sharded_adamw.h"

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
  /** Upper bound of the logits held at a time; 0: what suits the device (TokenLogprobOptions). */
  int64_t logits_chunk_bytes = 0;
  /** Rows of one pass; 0: a whole batch in one. */
  int64_t max_tokens_per_pass = 0;
  /** For a bfloat16 model: the checkpoint it was loaded from, whose float32 values become the masters; "": none. */
  std::string masters_from;
  /**
   * Where several processes train one model: each a part of every batch, all the same parameters. Null: there is one.
   * The state of the optimizer is spread over them.
   */
  std::shared_ptr<ProcessGroup> group;
};

/** The same on all ranks of a group. */
struct StepStats {
  /** Before clipping; of the whole batch. */
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
 *
 * The ranks of a group make the same steps; each may accumulate as much as it likes between them, or nothing. When a
 * step throws PROCESS_GROUP, or is cancelled, the group has ended and the parameters may be those of half a step: go on
 * from the last saved state.
 */
class Trainer {
 public:
  /**
   * The ranks of a group make theirs together.
   * @throws Error INVALID_ARGUMENT: a mapped model, one of another device than the group, an option out of its range.
   *   CHECKPOINT: see masters_from. PROCESS_GROUP: the options, the configuration or the weights differ between ranks.
   */
  Trainer(std::shared_ptr<Model> model, TrainerOptions options);

  /**
   * Adds the gradient of Σ weight · -logprob / normalizer.
   * @param normalizer total_weight of the whole step, other accumulated batches and ranks included. Without one it is
   *   that of these samples and those that the other ranks give in the same call, which all must make.
   * @return of these samples
   * @throws Error INVALID_ARGUMENT naming the field; CANCELLED between two passes.
   */
  SftStats accumulate_sft(const std::vector<SftSample>& samples, std::optional<double> normalizer = {},
                          const CancelPtr& cancel = nullptr);

  /**
   * Adds the gradient of the GRPO loss.
   * @param totals of the whole step, or none, as for accumulate_sft. kBnpo counts its own tokens: without totals each
   *   rank takes its mean, and the loss is the mean over the ranks.
   * @param temperature that the rollouts were sampled at
   */
  GrpoStats accumulate_grpo(const std::vector<RolloutGroup>& groups, const GrpoLossOptions& loss_options,
                            std::optional<GrpoTotals> totals = {}, double temperature = 1.0,
                            const CancelPtr& cancel = nullptr);

  /** Updates the parameters with what was accumulated on all ranks, and begins the next step. */
  StepStats step(double learning_rate, const CancelPtr& cancel = nullptr);

  void discard_gradients() { gradients_.clear(); }

  const Model& model() const { return *model_; }
  ShardedAdamW& optimizer() { return optimizer_; }
  const ShardedAdamW& optimizer() const { return optimizer_; }

 private:
  PassOptions pass_options(double temperature) const;
  template <typename Pass>
  void in_passes(const std::vector<GroupLengths>& lengths, const CancelPtr& cancel, Pass&& pass);

  void check_ranks_agree() const;

  std::shared_ptr<Model> model_;
  TrainerOptions options_;
  ShardedAdamW optimizer_;
  Gradients gradients_;
};

}  // namespace srvau
