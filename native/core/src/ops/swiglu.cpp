#include "ops/swiglu.h"

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

class Swiglu : public torch::autograd::Function<Swiglu> {
 public:
  static Variable forward(AutogradContext* ctx, const Variable& gate_up) {
    ctx->save_for_backward({gate_up});
#ifdef SRVAU_CUDA
    if (gate_up.is_cuda()) return cuda::swiglu(gate_up.contiguous());
#endif
    if (!has_kernels(gate_up)) {
      const auto parts = gate_up.chunk(2, -1);
      return at::silu(parts[0]) * parts[1];
    }
    const auto x = gate_up.contiguous();
    const int64_t rows = x.size(0), width = x.size(1) / 2;
    auto y = at::empty({rows, width}, x.options());
    with_type(x, [&](auto type) {
      using T = decltype(type);
      const T* px = x.const_data_ptr<T>();
      T* py = y.template mutable_data_ptr<T>();
      at::parallel_for(0, rows, row_grain(width), [&](int64_t begin, int64_t end) {
        cpu::row_kernels<T>().swiglu(px + begin * 2 * width, end - begin, width, py + begin * width);
      });
    });
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto gate_up = ctx->get_saved_variables()[0];
#ifdef SRVAU_CUDA
    if (gate_up.is_cuda()) return {cuda::swiglu_backward(grads[0].contiguous(), gate_up.contiguous())};
#endif
    if (!has_kernels(gate_up)) {
      const auto parts = gate_up.chunk(2, -1);
      return {at::cat({at::silu_backward(grads[0] * parts[1], parts[0]), grads[0] * at::silu(parts[0])}, -1)};
    }
    const auto x = gate_up.contiguous(), dy = grads[0].contiguous();
    const int64_t rows = x.size(0), width = x.size(1) / 2;
    auto dx = at::empty_like(x);
    with_type(x, [&](auto type) {
      using T = decltype(type);
      const T* px = x.const_data_ptr<T>();
      const T* pdy = dy.const_data_ptr<T>();
      T* pdx = dx.template mutable_data_ptr<T>();
      at::parallel_for(0, rows, row_grain(width), [&](int64_t begin, int64_t end) {
        const int64_t at = begin * 2 * width;
        cpu::row_kernels<T>().swiglu_backward(pdy + begin * width, px + at, end - begin, width, pdx + at);
      });
    });
    return {dx};
  }
};

}  // namespace

at::Tensor swiglu(const at::Tensor& gate_up) {
  SRVAU_REQUIRE(gate_up.dim() == 2 && gate_up.size(1) % 2 == 0, "swiglu: expected (T, 2I), received ", gate_up.sizes());
  return Swiglu::apply(gate_up);
}

}  // namespace srvau::ops
