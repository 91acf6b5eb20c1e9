#include "ops/rope.h"

#include <torch/csrc/autograd/custom_function.h>

#include "ops/dispatch.h"
#ifdef SRVAU_CUDA
#include "ops/cuda/elementwise_kernels.h"
#endif

namespace srvau::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/** Rotates by the angle (sign = 1) or back (sign = -1): the backward pass is the rotation back. */
at::Tensor rotate(const at::Tensor& input, const at::Tensor& cos, const at::Tensor& sin, int64_t rotated, float sign) {
  const auto x = input.contiguous();
  const int64_t rows = x.size(0), heads = x.size(1), head_dim = x.size(2);
#ifdef SRVAU_CUDA
  if (x.is_cuda()) return cuda::rotate(x, cos, sin, rotated, sign);
#endif
  if (!has_kernels(x)) {
    const auto turned = x.narrow(1, 0, rotated).to(at::kFloat);    // (T, rotated, head_dim)
    const auto halves = turned.chunk(2, -1);                       // 2 x (T, rotated, head_dim / 2)
    const auto c = cos.unsqueeze(1), s = sin.unsqueeze(1) * sign;  // (T, 1, head_dim / 2)
    const auto y = at::cat({halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s}, -1).to(x.scalar_type());
    return rotated == heads ? y : at::cat({y, x.narrow(1, rotated, heads - rotated)}, 1);
  }
  auto y = at::empty_like(x);
  with_type(x, [&](auto type) {
    using T = decltype(type);
    const T* px = x.const_data_ptr<T>();
    T* py = y.template mutable_data_ptr<T>();
    const float *pc = cos.const_data_ptr<float>(), *ps = sin.const_data_ptr<float>();
    at::parallel_for(0, rows, row_grain(heads * head_dim), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * heads * head_dim, angle = begin * head_dim / 2;
      cpu::row_kernels<T>().rope(px + at, pc + angle, ps + angle, sign, end - begin, heads, rotated, head_dim, py + at);
    });
  });
  return y;
}

class Rope : public torch::autograd::Function<Rope> {
 public:
  static Variable forward(AutogradContext* ctx, const Variable& x, const Variable& cos, const Variable& sin,
                          int64_t rotated) {
    ctx->save_for_backward({cos, sin});
    ctx->saved_data["rotated"] = rotated;
    return rotate(x, cos, sin, rotated, 1.F);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    return {rotate(grads[0], saved[0], saved[1], ctx->saved_data["rotated"].toInt(), -1.F), {}, {}, {}};
  }
};

}  // namespace

at::Tensor rope(const at::Tensor& x, const Rotation& rotation, int64_t rotated) {
  SRVAU_REQUIRE(x.dim() == 3 && rotation.cos.dim() == 2 && rotation.cos.size(0) == x.size(0) &&
                    rotation.cos.size(1) * 2 == x.size(2) && rotated >= 0 && rotated <= x.size(1),
                "rope: expected x (T, heads, head_dim) and angles (T, head_dim/2), received ", x.sizes(), " and ",
                rotation.cos.sizes(), " with ", rotated, " heads to rotate");
  return Rope::apply(x, rotation.cos.contiguous(), rotation.sin.contiguous(), rotated);
}

}  // namespace srvau::ops
