#pragma once

#include <memory>

#include <ATen/ATen.h>

#include "ops/attention.h"

namespace srvau::ops {

/** packed_attention() for float and bfloat16 on the CPU, with kernels for the short heads and runs of this model. */
at::Tensor cpu_attention(const at::Tensor& qkv, int64_t heads, int64_t kv_heads,
                         const std::shared_ptr<const AttentionPlan>& plan);

}  // namespace srvau::ops
