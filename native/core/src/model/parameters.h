#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

namespace srvau {

/** Rows of a parameter that a checkpoint holds under a name of its own. */
struct ParameterSlice {
  std::string name;  // as in the checkpoint, e.g. "model.layers.0.self_attn.q_proj.weight"
  int64_t first_row;
  int64_t rows;
  std::vector<int64_t> shape;  // as in the checkpoint; its first size is `rows`
};

/**
 * One tensor that training updates. Layers that read the same input are rows of one tensor (q, k and v; gate and up):
 * one large product instead of several. Checkpoints keep them apart, which `slices` describes.
 */
struct Parameter {
  std::vector<ParameterSlice> slices;
  at::Tensor tensor;
  bool is_vision;
  /** False for biases and norms, which weight decay leaves alone. */
  bool decays;

  const std::string& name() const { return slices.front().name; }
  /** The part of `value` (this parameter, its gradient, a moment of it) that a slice stands for, in its own shape. */
  static at::Tensor view(const at::Tensor& value, const ParameterSlice& slice) {
    return value.narrow(0, slice.first_row, slice.rows).view(slice.shape);
  }
};

}  // namespace srvau
