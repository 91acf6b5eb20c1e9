#include "ops/attention.h"

#include <cmath>

#include "ops/cpu_attention.h"
#include "ops/dispatch.h"
#include "ops/flash_attention.h"
#include "ops/plan_value.h"

namespace srvau::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;
using Bucket = AttentionPlan::Bucket;

/** Heads of the packed buffer. */
struct Heads {
  int64_t q, kv;
  int64_t group() const { return q / kv; }
};

/** The bucket's rows of x (T, …): a view where they lie together. -> (count, length, …) */
at::Tensor take(const at::Tensor& x, const Bucket& bucket) {
  auto shape = x.sizes().vec();
  shape[0] = bucket.length;
  shape.insert(shape.begin(), bucket.count);
  const int64_t rows = bucket.count * bucket.length;
  return (bucket.start >= 0 ? x.narrow(0, bucket.start, rows) : x.index_select(0, bucket.rows)).view(shape);
}

/** Writes (count, length, …) to the bucket's rows of x. */
void put(const at::Tensor& x, const Bucket& bucket, const at::Tensor& value) {
  const int64_t rows = bucket.count * bucket.length;
  if (bucket.start >= 0) {
    x.narrow(0, bucket.start, rows).view(value.sizes()).copy_(value);
  } else {
    x.index_copy_(0, bucket.rows, value.flatten(0, 1));
  }
}

/** Each key-value head once for every query head it serves. (n, L, kv, d) -> (n, q, L, d) */
at::Tensor spread(const at::Tensor& x, Heads heads) {
  const auto by_head = x.transpose(1, 2);  // (n, kv, L, d)
  if (heads.group() == 1) return by_head;
  const auto s = by_head.sizes();
  return by_head.unsqueeze(2).expand({s[0], s[1], heads.group(), s[2], s[3]}).reshape({s[0], heads.q, s[2], s[3]});
}

/** The reverse for gradients: sums over the query heads that a key-value head serves. (n, q, L, d) -> (n, L, kv, d) */
at::Tensor gather(const at::Tensor& x, Heads heads) {
  if (heads.group() == 1) return x.transpose(1, 2);
  const auto s = x.sizes();
  return x.reshape({s[0], heads.kv, heads.group(), s[2], s[3]}).sum(2).transpose(1, 2);
}

struct Inputs {
  at::Tensor q, k, v;              // (n, heads, L | P + L, head_dim)
  std::optional<at::Tensor> mask;  // (1, 1, L, P + L), additive
  bool causal;
};

/** Query i of a run sees the whole prefix and positions 0 … i of the run. */
at::Tensor prefix_mask(const Bucket& bucket, const at::TensorOptions& options) {
  const auto mask = at::zeros({bucket.length, bucket.prefix_length + bucket.length}, options);
  mask.narrow(1, bucket.prefix_length, bucket.length)
      .copy_(at::full({bucket.length, bucket.length}, -INFINITY, options).triu(1));
  return mask.unsqueeze(0).unsqueeze(0);
}

Inputs inputs_of(const at::Tensor& qkv, Heads heads, const Bucket& bucket, bool causal) {
  const auto own = take(qkv, bucket);  // (n, L, heads, d)
  auto k = own.narrow(2, heads.q, heads.kv), v = own.narrow(2, heads.q + heads.kv, heads.kv);
  Inputs in{own.narrow(2, 0, heads.q).transpose(1, 2), {}, {}, {}, causal};
  if (bucket.prefix_length > 0) {
    const auto prefix = qkv.narrow(0, bucket.prefix_start, bucket.prefix_length).unsqueeze(0);  // (1, P, heads, d)
    const auto shared = prefix.expand({bucket.count, -1, -1, -1});
    k = at::cat({shared.narrow(2, heads.q, heads.kv), k}, 1);
    v = at::cat({shared.narrow(2, heads.q + heads.kv, heads.kv), v}, 1);
    in.mask = prefix_mask(bucket, qkv.options());
    in.causal = false;
  }
  in.k = spread(k, heads);
  in.v = spread(v, heads);
  return in;
}

/** Probabilities by the textbook, for devices and types without a fused kernel. (n, heads, L, P + L) float */
at::Tensor scores_of(const Inputs& in, double scale) {
  auto scores = at::matmul(in.q.to(at::kFloat), in.k.to(at::kFloat).transpose(-1, -2)) * scale;
  if (in.mask) scores = scores + in.mask->to(at::kFloat);
  if (in.causal) {
    const auto future = at::ones({scores.size(-2), scores.size(-1)}, scores.options().dtype(at::kBool)).triu(1);
    scores = scores.masked_fill(future, -INFINITY);
  }
  return scores;
}

struct Output {
  at::Tensor value;      // (n, heads, L, head_dim)
  at::Tensor logsumexp;  // (n, heads, L)
};

Output attend(const Inputs& in, double scale) {
  const auto scores = scores_of(in, scale);
  const auto logsumexp = scores.logsumexp(-1);
  return {at::matmul((scores - logsumexp.unsqueeze(-1)).exp(), in.v.to(at::kFloat)).to(in.q.scalar_type()), logsumexp};
}

struct Gradients {
  at::Tensor q, k, v;  // as in Inputs
};

Gradients attend_backward(const at::Tensor& grad, const Inputs& in, const at::Tensor& value,
                          const at::Tensor& logsumexp, double scale) {
  const auto g = grad.to(at::kFloat);
  const auto p = (scores_of(in, scale) - logsumexp.unsqueeze(-1)).exp();
  const auto delta = (g * value.to(at::kFloat)).sum(-1, true);
  const auto ds = p * (at::matmul(g, in.v.to(at::kFloat).transpose(-1, -2)) - delta) * scale;
  const auto type = in.q.scalar_type();
  return {at::matmul(ds, in.k.to(at::kFloat)).to(type), at::matmul(ds.transpose(-1, -2), in.q.to(at::kFloat)).to(type),
          at::matmul(p.transpose(-1, -2), g).to(type)};
}

class PackedAttention : public torch::autograd::Function<PackedAttention> {
 public:
  static Variable forward(AutogradContext* ctx, const Variable& qkv, int64_t q_heads, int64_t kv_heads,
                          const std::shared_ptr<const AttentionPlan>& plan) {
    const Heads heads{q_heads, kv_heads};
    const int64_t head_dim = qkv.size(2);
    const double scale = 1 / std::sqrt(static_cast<double>(head_dim));
    const auto result = at::empty({plan->tokens(), heads.q, head_dim}, qkv.options());
    variable_list saved{qkv, result};
    for (const auto& bucket : plan->buckets()) {
      const auto out = attend(inputs_of(qkv, heads, bucket, plan->causal()), scale);
      put(result, bucket, out.value.transpose(1, 2));
      saved.push_back(out.logsumexp);
    }
    ctx->save_for_backward(saved);
    save_plan(ctx, plan);
    ctx->saved_data["q_heads"] = q_heads;
    ctx->saved_data["kv_heads"] = kv_heads;
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto plan = saved_plan(ctx);
    const Heads heads{ctx->saved_data["q_heads"].toInt(), ctx->saved_data["kv_heads"].toInt()};
    const auto &qkv = saved[0], &result = saved[1];
    const double scale = 1 / std::sqrt(static_cast<double>(qkv.size(2)));
    const auto grad = grads[0].contiguous();
    const auto dqkv = at::empty_like(qkv);
    size_t index = 2;
    for (const auto& bucket : plan->buckets()) {
      const auto in = inputs_of(qkv, heads, bucket, plan->causal());
      const auto d = attend_backward(take(grad, bucket).transpose(1, 2), in, take(result, bucket).transpose(1, 2),
                                     saved[index++], scale);
      const auto dk = gather(d.k, heads), dv = gather(d.v, heads);  // (n, P + L, kv, d)
      const int64_t p = bucket.prefix_length;
      put(dqkv, bucket,
          at::cat({d.q.transpose(1, 2), dk.narrow(1, p, bucket.length), dv.narrow(1, p, bucket.length)}, 2));
      if (p > 0) {
        // Its own gradient is there already: buckets without a prefix come first.
        const auto prefix = dqkv.narrow(0, bucket.prefix_start, p);
        prefix.narrow(1, heads.q, heads.kv).add_(dk.narrow(1, 0, p).sum(0));
        prefix.narrow(1, heads.q + heads.kv, heads.kv).add_(dv.narrow(1, 0, p).sum(0));
      }
    }
    return {dqkv, {}, {}, {}};
  }
};

}  // namespace

at::Tensor packed_attention(const at::Tensor& qkv, int64_t heads, int64_t kv_heads,
                            std::shared_ptr<const AttentionPlan> plan) {
  SRVAU_REQUIRE(
      qkv.dim() == 3 && qkv.size(0) == plan->tokens() && qkv.size(1) == heads + 2 * kv_heads && heads % kv_heads == 0,
      "attention: expected qkv (", plan->tokens(), ", ", heads + 2 * kv_heads, ", head_dim), received ", qkv.sizes());
  if (flash_takes(qkv)) return flash_attention(qkv, heads, kv_heads, std::move(plan));
  if (has_kernels(qkv)) return cpu_attention(qkv, heads, kv_heads, plan);
  return PackedAttention::apply(qkv.contiguous(), heads, kv_heads, plan).flatten(1);
}

}  // namespace srvau::ops
