#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace srvau::ops {

/**
 * A linear layer whose output rows may lie in several tensors: q, k and v of a mapped checkpoint are three, those of a
 * model that was loaded to train or to generate are rows of one, which is one larger and so faster product.
 */
class Projection {
 public:
  Projection() = default;
  /** One (out, in) weight; bias (out) may be undefined. */
  explicit Projection(at::Tensor weight, at::Tensor bias = {})
      : weights_{std::move(weight)}, biases_{std::move(bias)} {}
  /** Parts in the order of their output. */
  Projection(std::vector<at::Tensor> weights, std::vector<at::Tensor> biases)
      : weights_(std::move(weights)), biases_(std::move(biases)) {}

  /** x: (T, in) -> (T, out). */
  at::Tensor operator()(const at::Tensor& x) const;

  const std::vector<at::Tensor>& weights() const { return weights_; }
  const std::vector<at::Tensor>& biases() const { return biases_; }

 private:
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> biases_;
};

}  // namespace srvau::ops
