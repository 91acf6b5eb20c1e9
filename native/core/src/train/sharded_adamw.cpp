#include "train/sharded_adamw.h"

#include <ATen/core/grad_mode.h>

#include "base/error.h"
#include "distributed/partition.h"
#include "train/gradients.h"

namespace srvau {
namespace {

std::vector<int> owners_of(const std::vector<Parameter>& parameters, const ProcessGroup* group) {
  std::vector<int64_t> sizes;
  for (const auto& parameter : parameters) sizes.push_back(parameter.tensor.numel());
  return balanced_owners(sizes, group ? group->world_size() : 1);
}

}  // namespace

ShardedAdamW::ShardedAdamW(std::vector<Parameter> parameters, const AdamWOptions& options,
                           std::shared_ptr<ProcessGroup> group)
    : parameters_(std::move(parameters)),
      group_(std::move(group)),
      owners_(owners_of(parameters_, group_.get())),
      own_(own_of(parameters_), options) {}

template <typename T>
std::vector<T> ShardedAdamW::own_of(const std::vector<T>& all) const {
  std::vector<T> own;
  for (size_t i = 0; i < all.size(); ++i) {
    if (owners_[i] == rank()) own.push_back(all[i]);
  }
  return own;
}

void ShardedAdamW::step(const std::vector<at::Tensor>& gradients, double scale, double learning_rate,
                        const CancelPtr& cancel) {
  SRVAU_REQUIRE(gradients.size() == parameters_.size(), "gradients: expected ", parameters_.size(), ", received ",
                gradients.size());
  at::NoGradGuard none;
  const auto own = own_of(gradients);
  // A rank may own nothing that changes.
  if (const auto scaled = defined_of(own); scale != 1 && !scaled.empty()) at::_foreach_mul_(scaled, scale);
  own_.step(own, learning_rate);
  if (!group_) return;
  std::vector<at::Tensor> updated;
  std::vector<int> owners;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!gradients[i].defined()) continue;
    updated.push_back(parameters_[i].tensor.detach());
    owners.push_back(owners_[i]);
  }
  group_->share(updated, owners, cancel);
}

}  // namespace srvau
