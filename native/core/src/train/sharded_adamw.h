#pragma once

#include <memory>
#include <vector>

#include "distributed/process_group.h"
#include "train/optimizer.h"

namespace srvau {

/**
 * AdamW whose state is spread over the ranks of a group (ZeRO stage 1): each keeps masters and moments of its share of
 * the parameters, updates these, and gives them to the others. The arithmetic is that of AdamW on one process, bit for
 * bit. Without a group all is one share.
 */
class ShardedAdamW {
 public:
  /**
   * @param group may be null
   * @throws Error INVALID_ARGUMENT naming an option out of its range.
   */
  ShardedAdamW(std::vector<Parameter> parameters, const AdamWOptions& options, std::shared_ptr<ProcessGroup> group);

  /** See AdamW; each rank reads its share. */
  void load_masters(const Checkpoint& checkpoint) { own_.load_masters(checkpoint); }

  /**
   * @param gradients one for each parameter, the same on all ranks, undefined where it is to stay as it is
   * @param scale of the gradients
   */
  void step(const std::vector<at::Tensor>& gradients, double scale, double learning_rate,
            const CancelPtr& cancel = nullptr);

  /** Of all ranks. */
  const std::vector<Parameter>& parameters() const { return parameters_; }
  /** The rank of each parameter. */
  const std::vector<int>& owners() const { return owners_; }
  /** Of this rank: of its parameters, in their order. */
  const std::vector<AdamW::Slot>& slots() const { return own_.slots(); }
  /** Null: there is one process. */
  ProcessGroup* group() const { return group_.get(); }
  int rank() const { return group_ ? group_->rank() : 0; }

 private:
  template <typename T>
  std::vector<T> own_of(const std::vector<T>& all) const;

  std::vector<Parameter> parameters_;
  std::shared_ptr<ProcessGroup> group_;
  std::vector<int> owners_;
  AdamW own_;
};

}  // namespace srvau
