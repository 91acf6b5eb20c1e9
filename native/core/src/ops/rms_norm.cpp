#include "ops/rms_norm.h"

#include <torch/csrc/autograd/custom_function.h>

#include "ops/dispatch.h"

namespace srvau::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

struct Forward {
  at::Tensor sum;   // (T, H)
  at::Tensor y;     // (T, H)
  at::Tensor rstd;  // (T) float
};

Forward forward_cpu(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, double eps) {
  const int64_t width = x.size(-1), rows = x.numel() / width;
  Forward out{residual.defined() ? at::empty_like(x) : x, at::empty_like(x),
              at::empty({rows}, x.options().dtype(at::kFloat))};
  const auto w = weight.to(at::kFloat).contiguous();
  with_type(x, [&](auto type) {
    using T = decltype(type);
    const auto& kernel = cpu::row_kernels<T>();
    const T* px = x.const_data_ptr<T>();
    const T* pr = residual.defined() ? residual.const_data_ptr<T>() : nullptr;
    T* ps = residual.defined() ? out.sum.template mutable_data_ptr<T>() : nullptr;
    T* py = out.y.template mutable_data_ptr<T>();
    const float* pw = w.const_data_ptr<float>();
    float* rstd = out.rstd.mutable_data_ptr<float>();
    at::parallel_for(0, rows, row_grain(width), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * width;
      kernel.rms_norm(px + at, pr ? pr + at : nullptr, pw, static_cast<float>(eps), end - begin, width,
                      ps ? ps + at : nullptr, py + at, rstd + begin);
    });
  });
  return out;
}

Forward forward_composed(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, double eps) {
  const auto sum = residual.defined() ? x + residual : x;
  if (x.is_cuda()) {
    const auto [y, rstd] = at::_fused_rms_norm(sum, {x.size(-1)}, weight, eps);
    return {sum, y, rstd};
  }
  const auto wide = sum.to(at::kFloat);
  const auto rstd = at::rsqrt(wide.square().mean(-1, true) + eps);
  return {sum, weight * (wide * rstd).to(x.scalar_type()), rstd.flatten()};
}

/** (dx, dweight). `dsum`, the gradient that reaches the sum from elsewhere, may be undefined. */
std::pair<at::Tensor, at::Tensor> backward_cpu(const at::Tensor& dy, const at::Tensor& dsum, const at::Tensor& sum,
                                               const at::Tensor& weight, const at::Tensor& rstd) {
  const int64_t width = sum.size(-1), rows = sum.numel() / width;
  const auto dx = at::empty_like(sum);
  const auto w = weight.to(at::kFloat).contiguous();
  // One partial sum a thread, added up in the order of the threads: the same number of threads gives the same bits.
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), std::max<int64_t>(1, rows));
  const auto partial = at::zeros({threads, width}, w.options());
  const int64_t share = (rows + threads - 1) / threads;
  with_type(sum, [&](auto type) {
    using T = decltype(type);
    const auto& kernel = cpu::row_kernels<T>();
    const T* pdy = dy.const_data_ptr<T>();
    const T* pds = dsum.defined() ? dsum.const_data_ptr<T>() : nullptr;
    const T* ps = sum.const_data_ptr<T>();
    T* pdx = dx.template mutable_data_ptr<T>();
    const float* pw = w.const_data_ptr<float>();
    const float* prstd = rstd.const_data_ptr<float>();
    float* ppartial = partial.mutable_data_ptr<float>();
    at::parallel_for(0, threads, 1, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        const int64_t begin = i * share, end = std::min(rows, begin + share);
        if (begin >= end) continue;
        const int64_t at = begin * width;
        kernel.rms_norm_backward(pdy + at, pds ? pds + at : nullptr, ps + at, pw, prstd + begin, end - begin, width,
                                 pdx + at, ppartial + i * width);
      }
    });
  });
  return {dx, partial.sum(0).to(weight.scalar_type())};
}

std::pair<at::Tensor, at::Tensor> backward_composed(const at::Tensor& dy, const at::Tensor& dsum, const at::Tensor& sum,
                                                    const at::Tensor& weight, const at::Tensor& rstd) {
  if (sum.is_cuda()) {
    auto [dx, dweight] = at::_fused_rms_norm_backward(dy, sum, {sum.size(-1)}, rstd, weight, {true, true});
    return {dsum.defined() ? dx.add_(dsum) : dx, dweight};
  }
  const auto r = rstd.unsqueeze(-1);                // (T, 1)
  const auto normed = sum.to(at::kFloat) * r;       // (T, H)
  const auto grad = dy.to(at::kFloat);              // (T, H)
  const auto inner = grad * weight.to(at::kFloat);  // (T, H)
  auto dx = (inner - normed * (inner * normed).mean(-1, true)) * r;
  if (dsum.defined()) dx = dx + dsum.to(at::kFloat);
  return {dx.to(sum.scalar_type()), (grad * normed).sum(0).to(weight.scalar_type())};
}

Forward forward(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, double eps) {
  return has_kernels(x)
             ? forward_cpu(x.contiguous(), residual.defined() ? residual.contiguous() : residual, weight, eps)
             : forward_composed(x, residual, weight, eps);
}

std::pair<at::Tensor, at::Tensor> backward(const at::Tensor& dy, const at::Tensor& dsum, const at::Tensor& sum,
                                           const at::Tensor& weight, const at::Tensor& rstd) {
  return has_kernels(sum)
             ? backward_cpu(dy.contiguous(), dsum.defined() ? dsum.contiguous() : dsum, sum.contiguous(), weight, rstd)
             : backward_composed(dy, dsum, sum, weight, rstd);
}

class RmsNorm : public Function<RmsNorm> {
 public:
  static Variable forward(AutogradContext* ctx, const Variable& x, const Variable& weight, double eps) {
    auto out = ops::forward(x, {}, weight, eps);
    ctx->save_for_backward({x, weight, out.rstd});
    return out.y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    auto [dx, dweight] = ops::backward(grads[0], {}, saved[0], saved[1], saved[2]);
    return {dx, dweight, {}};
  }
};

class AddRmsNorm : public Function<AddRmsNorm> {
 public:
  static variable_list forward(AutogradContext* ctx, const Variable& x, const Variable& residual,
                               const Variable& weight, double eps) {
    auto out = ops::forward(x, residual, weight, eps);
    ctx->save_for_backward({out.sum, weight, out.rstd});
    ctx->set_materialize_grads(false);
    return {out.sum, out.y};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    if (!grads[1].defined()) return {grads[0], grads[0], {}, {}};
    auto [dx, dweight] = ops::backward(grads[1], grads[0], saved[0], saved[1], saved[2]);
    return {dx, dx, dweight, {}};
  }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return RmsNorm::apply(x, weight, eps);
}

std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& residual,
                                               const at::Tensor& weight, double eps) {
  const auto out = AddRmsNorm::apply(x, residual, weight, eps);
  return {out[0], out[1]};
}

}  // namespace srvau::ops
