#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace srvau {

/** Tensors of one dtype that are sent as one. */
struct Bucket {
  std::vector<at::Tensor> members;

  /** All values in a row: the tensor itself where it is alone and contiguous, else a new one. */
  at::Tensor flat(bool with_values) const;
  /** Takes them back, unless `flat` is the tensor itself. */
  void unpack(const at::Tensor& flat) const;
};

/** In the order of the tensors, of at most `max_bytes` or one tensor each. */
std::vector<Bucket> plan_buckets(const std::vector<at::Tensor>& tensors, int64_t max_bytes);

}  // namespace srvau
