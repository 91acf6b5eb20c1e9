#pragma once

#include <ATen/ATen.h>

namespace srvau::ops {

/**
 * x.index_select(0, rows), whose gradient is the same from run to run on CUDA too, where several of `rows` may be one
 * row: libtorch would add them up in the order in which threads happen to come.
 */
at::Tensor take_rows(const at::Tensor& x, const at::Tensor& rows);

}  // namespace srvau::ops
