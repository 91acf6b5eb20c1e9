#pragma once

#include <ATen/ATen.h>

/** Compiled only with CUDA: what libtorch would do in several passes over memory, in one. Float, half or bfloat16. */
namespace srvau::ops::cuda {

/** (T, 2I) -> (T, I), contiguous. */
at::Tensor swiglu(const at::Tensor& gate_up);
/** grad (T, I) and gate_up (T, 2I), both contiguous -> (T, 2I). */
at::Tensor swiglu_backward(const at::Tensor& grad, const at::Tensor& gate_up);

/** The first `rotated` heads of x (T, heads, head_dim), contiguous, turned by angles (T, head_dim / 2); others copied.
 */
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, int64_t rotated, float sign);

}  // namespace srvau::ops::cuda
