#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "config/model_config.h"
#include "model/weights.h"
#include "ops/attention.h"
#include "ops/projection.h"
#include "ops/rope.h"

namespace srvau {

/** The text decoder of Qwen2.5-VL: grouped-query attention with M-RoPE and a SwiGLU network in each layer. */
class Decoder {
 public:
  struct Layer {
    at::Tensor input_norm, post_attention_norm;
    ops::Projection qkv;  // rows: heads of q, then of k, then of v
    ops::Projection o, gate_up, down;
  };

  Decoder(const TextConfig& config, bool tied, WeightSource& source);

  /** (T) int64 token ids -> (T, H). */
  at::Tensor embed(const at::Tensor& ids) const;

  /** Angles for positions (3, T): each part of the frequencies turns with its own axis. */
  ops::Rotation rotation(const at::Tensor& positions) const;

  /** What happens to the rotated (T, heads + 2 * kv_heads, head_dim) queries, keys and values: -> (T, heads *
   * head_dim). */
  using Attention = std::function<at::Tensor(const at::Tensor& qkv)>;

  /**
   * One layer. x: (T, H) -> (T, H), or (N, H) where `rows` (N) names the only rows that are wanted of it: a last layer
   * need not finish what nobody reads.
   */
  at::Tensor layer(const Layer& weights, const at::Tensor& x, const ops::Rotation& rotation, const Attention& attend,
                   const at::Tensor& rows = {}) const;

  /** The norm after the last layer. */
  at::Tensor finish(const at::Tensor& x) const;

  /**
   * @param x (T, H) embeddings of a packed batch
   * @param recompute_layers keep no intermediate values for the backward pass, compute them again
   * @param rows (N) int64, the rows that are wanted; undefined: all
   * @return (N, H) or (T, H), the final norm applied
   */
  at::Tensor forward(at::Tensor x, const ops::Rotation& rotation, std::shared_ptr<const ops::AttentionPlan> plan,
                     bool recompute_layers, const at::Tensor& rows = {}) const;

  const std::vector<Layer>& layers() const { return layers_; }
  at::TensorOptions options() const { return norm_.options().requires_grad(false); }
  /** (V, H); the embedding table where the two are tied. */
  const at::Tensor& head() const { return head_; }
  const TextConfig& config() const { return config_; }

 private:
  TextConfig config_;
  at::Tensor embedding_;  // (V, H)
  std::vector<Layer> layers_;
  at::Tensor norm_, head_;
  at::Tensor frequencies_;  // (head_dim / 2) float
  at::Tensor axes_;         // (head_dim / 2) int64: the axis of positions a frequency turns with
};

}  // namespace srvau
