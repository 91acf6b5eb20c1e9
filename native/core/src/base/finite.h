#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include <ATen/ATen.h>

namespace srvau {

/**
 * Index of the first value, in row-major order, that is NaN, infinite or beyond `most` in size. One pass over the
 * values where there is none, at the speed of memory.
 */
std::optional<int64_t> first_not_finite(const at::Tensor& values, double most = INFINITY);

}  // namespace srvau
