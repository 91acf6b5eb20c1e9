#pragma once

#include <ATen/ATen.h>

namespace srvau::ops {

/** silu(gate) * up. gate_up: (T, 2I), the gate in the first half. @return (T, I). */
at::Tensor swiglu(const at::Tensor& gate_up);

}  // namespace srvau::ops
