#pragma once

#include <functional>

#include <ATen/ATen.h>

namespace srvau::ops {

using Layer = std::function<at::Tensor(const at::Tensor&)>;

/**
 * Gradient checkpointing: runs `layer` without keeping its intermediate values, and once more in the backward pass.
 * The layer must give the same result each time. Parameters it uses receive their gradients as usual.
 */
at::Tensor recompute(const Layer& layer, const at::Tensor& input);

}  // namespace srvau::ops
