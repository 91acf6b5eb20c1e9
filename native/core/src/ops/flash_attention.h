#pragma once

#include <memory>

#include <ATen/ATen.h>

#include "ops/attention.h"
#include "ops/varlen.h"

namespace srvau::ops {

/** True where libtorch's flash attention takes it: CUDA, half precision, a head of 8, 16, … 256. */
bool flash_takes(const at::Tensor& qkv);

/** packed_attention() in one fused call for all segments: nothing of the size of a score matrix is ever stored. */
at::Tensor flash_attention(const at::Tensor& qkv, int64_t heads, int64_t kv_heads,
                           std::shared_ptr<const AttentionPlan> plan);

}  // namespace srvau::ops
