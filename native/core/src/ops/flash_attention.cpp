#include "ops/flash_attention.h"

#include <cmath>
#include <mutex>

#include <ATen/Context.h>

#include "ops/plan_value.h"

namespace srvau::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/**
 * While one lives, the backward kernel adds up in a fixed order. libtorch knows this as one switch for the process,
 * which is not left on: it makes other operators slow.
 */
class Deterministic {
 public:
  Deterministic() { change(1); }
  ~Deterministic() { change(-1); }
  Deterministic(const Deterministic&) = delete;
  Deterministic& operator=(const Deterministic&) = delete;

 private:
  static void change(int by) {
    static std::mutex mutex;
    static int living = 0;
    static bool before = false;
    const std::lock_guard lock(mutex);
    auto& context = at::globalContext();
    if (living == 0) before = context.deterministicAlgorithms();
    living += by;
    context.setDeterministicAlgorithms(living > 0 || before, /*warn_only=*/true);
  }
};

double scale_of(const at::Tensor& qkv) { return 1 / std::sqrt(static_cast<double>(qkv.size(2))); }

class FlashAttention : public torch::autograd::Function<FlashAttention> {
 public:
  static Variable forward(AutogradContext* ctx, const Variable& qkv, int64_t heads, int64_t kv_heads,
                          const std::shared_ptr<const AttentionPlan>& plan) {
    const auto& varlen = *plan->varlen();
    const auto [out, logsumexp, rng_state, unused, mask] =
        at::_flash_attention_forward(qkv.narrow(1, 0, heads), varlen.gather(qkv.narrow(1, heads, kv_heads)),
                                     varlen.gather(qkv.narrow(1, heads + kv_heads, kv_heads)), varlen.query_offsets(),
                                     varlen.key_offsets(), varlen.longest_queries(), varlen.longest_keys(),
                                     /*dropout_p=*/0, plan->causal(), /*return_debug_mask=*/false, scale_of(qkv));
    // Keys and values are gathered again in the backward pass: copies of a prompt are not kept.
    ctx->save_for_backward({qkv, out, logsumexp, rng_state, unused});
    save_plan(ctx, plan);
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["kv_heads"] = kv_heads;
    return out;  // (T, heads, head_dim)
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto plan = saved_plan(ctx);
    const auto& varlen = *plan->varlen();
    const auto& qkv = saved[0];
    const int64_t heads = ctx->saved_data["heads"].toInt(), kv_heads = ctx->saved_data["kv_heads"].toInt();
    const Deterministic fixed_order;
    const auto [dq, dk, dv] = at::_flash_attention_backward(
        grads[0].contiguous(), qkv.narrow(1, 0, heads), varlen.gather(qkv.narrow(1, heads, kv_heads)),
        varlen.gather(qkv.narrow(1, heads + kv_heads, kv_heads)), saved[1], saved[2], varlen.query_offsets(),
        varlen.key_offsets(), varlen.longest_queries(), varlen.longest_keys(), /*dropout_p=*/0, plan->causal(),
        saved[3], saved[4], scale_of(qkv));
    return {at::cat({dq, varlen.reduce(dk), varlen.reduce(dv)}, 1), {}, {}, {}};
  }
};

}  // namespace

bool flash_takes(const at::Tensor& qkv) {
  const int64_t head_dim = qkv.size(2);
  return qkv.is_cuda() && (qkv.scalar_type() == at::kBFloat16 || qkv.scalar_type() == at::kHalf) && head_dim % 8 == 0 &&
         head_dim <= 256;
}

at::Tensor flash_attention(const at::Tensor& qkv, int64_t heads, int64_t kv_heads,
                           std::shared_ptr<const AttentionPlan> plan) {
  return FlashAttention::apply(qkv, heads, kv_heads, plan).flatten(1);
}

}  // namespace srvau::ops
