#pragma once

#include <ATen/ATen.h>

namespace srvau::ops {

/** Angles of the rotary embedding, one for each pair of head dimensions. */
struct Rotation {
  at::Tensor cos;  // (T, head_dim / 2) float
  at::Tensor sin;  // (T, head_dim / 2) float
};

/**
 * Rotates the first `rotated` heads of x (T, heads, head_dim), pairing dimension i with i + head_dim/2; the others
 * stay.
 */
at::Tensor rope(const at::Tensor& x, const Rotation& rotation, int64_t rotated);

}  // namespace srvau::ops
