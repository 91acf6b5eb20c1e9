#include "ops/token_logprobs.h"

#include <algorithm>
#include <cmath>

#include <torch/csrc/autograd/custom_function.h>

#include "ops/dispatch.h"

namespace srvau::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/** logits = hidden · headᵀ / temperature with suppressed tokens at -inf, float, and what the softmax needs of them. */
struct Chunk {
  at::Tensor logits;     // (n, V) float
  at::Tensor logsumexp;  // (n) float
  at::Tensor entropy;    // (n) float
};

Chunk chunk_of(const at::Tensor& hidden, const at::Tensor& head, double temperature, const at::Tensor& suppressed) {
  auto logits = at::mm(hidden, head.t()).to(at::kFloat);
  if (logits.device().is_cpu()) {
    const int64_t rows = logits.size(0), width = logits.size(1);
    auto logsumexp = at::empty({rows}, logits.options()), entropy = at::empty({rows}, logits.options());
    float *p = logits.mutable_data_ptr<float>(), *l = logsumexp.mutable_data_ptr<float>();
    float* e = entropy.mutable_data_ptr<float>();
    const auto* s = suppressed.const_data_ptr<int64_t>();
    const auto scale = static_cast<float>(1 / temperature);
    at::parallel_for(0, rows, row_grain(width), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        l[i] = cpu::kernels().scale_and_logsumexp(p + i * width, width, scale, s, suppressed.numel(), e + i);
    });
    return {logits, logsumexp, entropy};
  }
  logits.div_(temperature).index_fill_(1, suppressed, -INFINITY);
  const auto logsumexp = logits.logsumexp(1);
  const auto p = (logits - logsumexp.unsqueeze(1)).exp();
  return {logits, logsumexp, logsumexp - (p * logits.masked_fill(logits == -INFINITY, 0)).sum(1)};
}

class SelectTokens : public torch::autograd::Function<SelectTokens> {
 public:
  static variable_list forward(AutogradContext* ctx, const Variable& hidden, const Variable& head,
                               const Variable& targets, const Variable& suppressed, double temperature,
                               int64_t chunk_rows, bool keep) {
    const int64_t rows = hidden.size(0);
    const auto options = hidden.options().dtype(at::kFloat);
    auto logprobs = at::empty({rows}, options), entropy = at::empty({rows}, options),
         logsumexp = at::empty({rows}, options);
    at::Tensor kept;
    for (int64_t begin = 0; begin < rows; begin += chunk_rows) {
      const int64_t n = std::min(chunk_rows, rows - begin);
      const auto chunk = chunk_of(hidden.narrow(0, begin, n), head, temperature, suppressed);
      const auto chosen = chunk.logits.gather(1, targets.narrow(0, begin, n).unsqueeze(1)).squeeze(1);
      logprobs.narrow(0, begin, n).copy_(chosen - chunk.logsumexp);
      logsumexp.narrow(0, begin, n).copy_(chunk.logsumexp);
      entropy.narrow(0, begin, n).copy_(chunk.entropy);
      if (keep) kept = chunk.logits;  // a single chunk
    }
    ctx->save_for_backward({hidden, head, targets, suppressed, logsumexp, kept});
    ctx->saved_data["temperature"] = temperature;
    ctx->saved_data["chunk_rows"] = chunk_rows;
    ctx->mark_non_differentiable({entropy});
    return {logprobs, entropy};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &hidden = saved[0], &head = saved[1], &targets = saved[2], &suppressed = saved[3], &logsumexp = saved[4];
    const double temperature = ctx->saved_data["temperature"].toDouble();
    const int64_t rows = hidden.size(0), chunk_rows = ctx->saved_data["chunk_rows"].toInt();
    const bool wants_head = ctx->needs_input_grad(1), wants_hidden = ctx->needs_input_grad(0);
    auto dhidden = wants_hidden ? at::empty_like(hidden) : at::Tensor();
    // Chunks add up in float: a head in bf16 would lose what each of many chunks brings.
    auto dhead = at::Tensor();
    for (int64_t begin = 0; begin < rows; begin += chunk_rows) {
      const int64_t n = std::min(chunk_rows, rows - begin);
      const auto h = hidden.narrow(0, begin, n);
      auto d = saved[5].defined() ? saved[5].clone() : chunk_of(h, head, temperature, suppressed).logits;
      const auto g = grads[0].narrow(0, begin, n).to(at::kFloat).unsqueeze(1) / temperature;  // (n, 1)
      // d(logprob of target)/d(logits) = onehot - softmax
      d.sub_(logsumexp.narrow(0, begin, n).unsqueeze(1)).exp_().mul_(g.neg());
      d.scatter_add_(1, targets.narrow(0, begin, n).unsqueeze(1), g);
      const auto low = d.to(hidden.scalar_type());
      if (wants_hidden) dhidden.narrow(0, begin, n).copy_(at::mm(low, head));
      if (!wants_head) continue;
      const auto part = at::mm(low.t(), h);  // (V, H)
      if (rows <= chunk_rows) {
        dhead = part;
      } else if (dhead.defined()) {
        dhead.add_(part);
      } else {
        dhead = part.to(at::kFloat);
      }
    }
    if (dhead.defined()) dhead = dhead.to(head.scalar_type());
    return {dhidden, dhead, {}, {}, {}, {}, {}};
  }
};

}  // namespace

void check_temperature(double temperature, const char* others) {
  SRVAU_REQUIRE(temperature >= kMinTemperature && temperature <= kMaxTemperature, "temperature: expected ", others,
                "a number from ", kMinTemperature, " to ", kMaxTemperature, ", received ", temperature);
}

TokenLogprobs token_logprobs(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                             const TokenLogprobOptions& options) {
  SRVAU_REQUIRE(hidden.dim() == 2 && head.dim() == 2 && hidden.size(1) == head.size(1) &&
                    targets.sizes() == at::IntArrayRef{hidden.size(0)},
                "token_logprobs: expected hidden (N, H), head (V, H) and targets (N), received ", hidden.sizes(), ", ",
                head.sizes(), " and ", targets.sizes());
  check_temperature(options.temperature);
  const int64_t rows = hidden.size(0), vocabulary = head.size(0);
  if (rows == 0) {
    const auto none = at::empty({0}, hidden.options().dtype(at::kFloat));
    return {none, none};
  }
  const auto low = targets.min().item<int64_t>(), high = targets.max().item<int64_t>();
  SRVAU_REQUIRE(low >= 0 && high < vocabulary, "targets: expected token ids from 0 to ", vocabulary - 1, ", received ",
                low < 0 ? low : high);
  for (const auto id : options.suppressed) {
    SRVAU_REQUIRE(id >= 0 && id < vocabulary, "suppressed: expected token ids from 0 to ", vocabulary - 1,
                  ", received ", id);
    SRVAU_REQUIRE(!targets.eq(id).any().item<bool>(), "targets: expected tokens that can occur, received ", id,
                  ", which is suppressed");
  }
  const auto suppressed = at::tensor(options.suppressed, at::kLong).to(hidden.device());
  const int64_t row_bytes = vocabulary * static_cast<int64_t>(sizeof(float));
  const int64_t by_device = hidden.is_cpu() ? int64_t{64} << 20 : int64_t{1} << 30;
  const int64_t chunk_bytes = options.chunk_bytes > 0 ? options.chunk_bytes : by_device;
  const int64_t chunk_rows = std::clamp<int64_t>(chunk_bytes / row_bytes, 1, rows);
  const auto out = SelectTokens::apply(hidden, head, targets, suppressed, options.temperature, chunk_rows,
                                       /*keep=*/chunk_rows == rows && at::GradMode::is_enabled());
  return {out[0], out[1]};
}

}  // namespace srvau::ops
