#include "base/finite.h"

#include <cmath>

#include <ATen/core/grad_mode.h>

namespace srvau {

std::optional<int64_t> first_not_finite(const at::Tensor& values, double most) {
  if (values.numel() == 0) return {};
  const at::NoGradGuard none;
  const auto within = [most](double value) { return std::isfinite(value) && std::abs(value) <= most; };
  // A NaN among the values is both the least and the greatest.
  const auto [low, high] = values.aminmax();
  if (within(low.item<double>()) && within(high.item<double>())) return {};
  const auto flat = values.reshape(-1);
  return flat.isfinite().logical_and_(flat.abs() <= most).logical_not_().to(at::kByte).argmax().item<int64_t>();
}

}  // namespace srvau
