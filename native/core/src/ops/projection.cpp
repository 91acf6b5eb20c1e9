#include "ops/projection.h"

namespace srvau::ops {

at::Tensor Projection::operator()(const at::Tensor& x) const {
  if (weights_.size() == 1)
    return at::linear(x, weights_[0], biases_[0].defined() ? std::optional(biases_[0]) : std::nullopt);
  std::vector<at::Tensor> parts;
  parts.reserve(weights_.size());
  for (size_t i = 0; i < weights_.size(); ++i) {
    parts.push_back(at::linear(x, weights_[i], biases_[i].defined() ? std::optional(biases_[i]) : std::nullopt));
  }
  return at::cat(parts, -1);
}

}  // namespace srvau::ops
