#pragma once

#include <utility>

#include <ATen/ATen.h>

namespace srvau::ops {

/** Root-mean-square norm over the last dimension, computed in float: weight * x / sqrt(mean(x²) + eps). x: (T, H). */
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/**
 * The residual stream's step and the norm that reads it, in one pass: s = x + residual, y = rms_norm(s).
 * @return (s, y), both (T, H).
 */
std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& residual,
                                               const at::Tensor& weight, double eps);

}  // namespace srvau::ops
