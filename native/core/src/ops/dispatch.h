#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "base/error.h"
#include "ops/cpu/kernels.h"

namespace srvau::ops {

/** Rows that one thread takes at least: below it starting another thread costs more than it saves. */
inline int64_t row_grain(int64_t width) { return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, width)); }

/** True where the row kernels can run; elsewhere operators are composed from libtorch's. */
inline bool has_kernels(const at::Tensor& x) {
  return x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

/** Calls op(T{}) with the element type of x, which has_kernels. */
template <typename Op>
void with_type(const at::Tensor& x, Op&& op) {
  if (x.scalar_type() == at::kFloat) return op(float{});
  op(c10::BFloat16{});
}

}  // namespace srvau::ops
