#include "ops/cpu_attention.h"

#include <cmath>

#include "ops/dispatch.h"
#include "ops/plan_value.h"

namespace srvau::ops {
namespace {

using cpu::AttentionRun;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

AttentionRun run_of(const AttentionPlan& plan, const Segment& segment) {
  if (segment.prefix < 0) return {segment.start, segment.length, 0, 0};
  const auto& prefix = plan.segments()[segment.prefix];
  return {segment.start, segment.length, prefix.start, prefix.length};
}

/** Runs with those that are their prefix, which comes first. */
std::vector<std::vector<AttentionRun>> families_of(const AttentionPlan& plan) {
  std::vector<std::vector<AttentionRun>> families;
  std::vector<size_t> family_of(plan.segments().size());
  for (size_t i = 0; i < plan.segments().size(); ++i) {
    const auto& segment = plan.segments()[i];
    if (segment.prefix < 0) {
      family_of[i] = families.size();
      families.emplace_back();
    } else {
      family_of[i] = family_of[segment.prefix];
    }
    families[family_of[i]].push_back(run_of(plan, segment));
  }
  return families;
}

template <typename T>
cpu::PackedHeads<T> packed_of(const at::Tensor& qkv, int64_t heads, int64_t kv_heads, bool causal) {
  const auto scale = 1 / std::sqrt(static_cast<double>(qkv.size(2)));
  return {qkv.const_data_ptr<T>(), heads, kv_heads, qkv.size(2), causal, static_cast<float>(scale)};
}

class CpuAttention : public torch::autograd::Function<CpuAttention> {
 public:
  static Variable forward(AutogradContext* ctx, const Variable& qkv, int64_t heads, int64_t kv_heads,
                          const std::shared_ptr<const AttentionPlan>& plan) {
    const auto out = at::empty({plan->tokens(), heads, qkv.size(2)}, qkv.options());
    const auto logsumexp = at::empty({plan->tokens(), heads}, qkv.options().dtype(at::kFloat));
    with_type(qkv, [&](auto zero) {
      using T = decltype(zero);
      const auto packed = packed_of<T>(qkv, heads, kv_heads, plan->causal());
      T* to = out.mutable_data_ptr<T>();
      float* sums = logsumexp.mutable_data_ptr<float>();
      const auto tasks = static_cast<int64_t>(plan->segments().size()) * kv_heads;
      at::parallel_for(0, tasks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          cpu::attention_kernels<T>().forward(packed, run_of(*plan, plan->segments()[i / kv_heads]), i % kv_heads, to,
                                              sums);
      });
    });
    ctx->save_for_backward({qkv, out, logsumexp});
    save_plan(ctx, plan);
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["kv_heads"] = kv_heads;
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &qkv = saved[0], &out = saved[1], &logsumexp = saved[2];
    const auto plan = saved_plan(ctx);
    const int64_t heads = ctx->saved_data["heads"].toInt(), kv_heads = ctx->saved_data["kv_heads"].toInt();
    const auto dout = grads[0].contiguous();
    const auto dqkv = at::empty_like(qkv);
    const auto families = families_of(*plan);
    with_type(qkv, [&](auto zero) {
      using T = decltype(zero);
      const auto packed = packed_of<T>(qkv, heads, kv_heads, plan->causal());
      const T *result = out.const_data_ptr<T>(), *given = dout.const_data_ptr<T>();
      const float* sums = logsumexp.const_data_ptr<float>();
      T* to = dqkv.mutable_data_ptr<T>();
      const auto tasks = static_cast<int64_t>(families.size()) * kv_heads;
      at::parallel_for(0, tasks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const auto& family = families[i / kv_heads];
          cpu::attention_kernels<T>().backward(packed, result, given, sums, family.data(),
                                               static_cast<int64_t>(family.size()), i % kv_heads, to);
        }
      });
    });
    return {dqkv, {}, {}, {}};
  }
};

}  // namespace

at::Tensor cpu_attention(const at::Tensor& qkv, int64_t heads, int64_t kv_heads,
                         const std::shared_ptr<const AttentionPlan>& plan) {
  return CpuAttention::apply(qkv.contiguous(), heads, kv_heads, plan).flatten(1);
}

}  // namespace srvau::ops
