#include "model/decoder.h"

#include "base/error.h"
#include "ops/recompute.h"
#include "ops/rms_norm.h"
#include "ops/swiglu.h"
#include "ops/take_rows.h"

namespace srvau {

Decoder::Decoder(const TextConfig& config, bool tied, WeightSource& source) : config_(config) {
  const int64_t width = config.hidden_size, inner = config.intermediate_size, head_dim = config.head_dim();
  const int64_t q = config.num_attention_heads * head_dim, kv = config.num_key_value_heads * head_dim;
  embedding_ = source.table("model.embed_tokens.weight", {config.vocab_size, width});
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const auto at = c10::str("model.layers.", i, ".");
    Layer layer;
    layer.input_norm = source.norm(at + "input_layernorm.weight", width);
    layer.post_attention_norm = source.norm(at + "post_attention_layernorm.weight", width);
    const auto attention = at + "self_attn.";
    layer.qkv =
        source.projection({attention + "q_proj", attention + "k_proj", attention + "v_proj"}, {q, kv, kv}, width, true);
    layer.o = source.projection({attention + "o_proj"}, {width}, q, false);
    layer.gate_up = source.projection({at + "mlp.gate_proj", at + "mlp.up_proj"}, {inner, inner}, width, false);
    layer.down = source.projection({at + "mlp.down_proj"}, {width}, inner, false);
    layers_.push_back(std::move(layer));
  }
  norm_ = source.norm("model.norm.weight", width);
  head_ = tied ? embedding_ : source.table("lm_head.weight", {config.vocab_size, width});

  const auto exponents = at::arange(0, head_dim, 2, at::kFloat) / static_cast<double>(head_dim);
  frequencies_ = at::pow(config.rope_theta, exponents).reciprocal().to(norm_.device());
  std::vector<int64_t> axes;
  for (size_t axis = 0; axis < 3; ++axis)
    axes.insert(axes.end(), config.mrope_section[axis], static_cast<int64_t>(axis));
  axes_ = at::tensor(axes, at::kLong).to(norm_.device());
}

at::Tensor Decoder::embed(const at::Tensor& ids) const { return at::embedding(embedding_, ids); }

ops::Rotation Decoder::rotation(const at::Tensor& positions) const {
  const auto turned = positions.to(at::kFloat).index_select(0, axes_).t();  // (T, head_dim / 2)
  const auto angles = turned * frequencies_;
  return {angles.cos(), angles.sin()};
}

at::Tensor Decoder::layer(const Layer& weights, const at::Tensor& x, const ops::Rotation& rotation,
                          const Attention& attend, const at::Tensor& rows) const {
  const int64_t heads = config_.num_attention_heads, kv_heads = config_.num_key_value_heads;
  const auto qkv = weights.qkv(ops::rms_norm(x, weights.input_norm, config_.rms_norm_eps))
                       .view({x.size(0), heads + 2 * kv_heads, config_.head_dim()});
  auto values = attend(ops::rope(qkv, rotation, heads + kv_heads));  // (T, heads * head_dim)
  auto residual = x;
  if (rows.defined()) {
    values = ops::take_rows(values, rows);
    residual = ops::take_rows(x, rows);
  }
  const auto [sum, normed] =
      ops::add_rms_norm(weights.o(values), residual, weights.post_attention_norm, config_.rms_norm_eps);
  return sum + weights.down(ops::swiglu(weights.gate_up(normed)));
}

at::Tensor Decoder::finish(const at::Tensor& x) const { return ops::rms_norm(x, norm_, config_.rms_norm_eps); }

at::Tensor Decoder::forward(at::Tensor x, const ops::Rotation& rotation, std::shared_ptr<const ops::AttentionPlan> plan,
                            bool recompute_layers, const at::Tensor& rows) const {
  const Attention attend = [plan = std::move(plan), heads = config_.num_attention_heads,
                            kv_heads = config_.num_key_value_heads](const at::Tensor& qkv) {
    return ops::packed_attention(qkv, heads, kv_heads, plan);
  };
  for (const auto& weights : layers_) {
    const ops::Layer run = [this, &weights, rotation, attend,
                            wanted = &weights == &layers_.back() ? rows : at::Tensor()](const at::Tensor& in) {
      return layer(weights, in, rotation, attend, wanted);
    };
    x = recompute_layers ? ops::recompute(run, x) : run(x);
  }
  return finish(x);
}

}  // namespace srvau
