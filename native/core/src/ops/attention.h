#pragma once

#include <memory>
#include <vector>

#include <ATen/ATen.h>

namespace srvau::ops {

/**
 * A run of tokens in a packed batch. Its tokens see those before them in the run and, where there is one, all tokens of
 * the prefix: the prompt that several completions share is computed once.
 */
struct Segment {
  int64_t start;        // first row in the packed batch
  int64_t length;       // rows, >= 1
  int64_t prefix = -1;  // index of an earlier segment without a prefix of its own; -1: none
};

class Varlen;

/**
 * How a packed batch attends, worked out once and used by every layer: segments of the same shape are computed
 * together.
 */
class AttentionPlan {
 public:
  /** Segments must cover rows 0 … tokens - 1 without overlap. `causal` is false for the vision tower. */
  static std::shared_ptr<const AttentionPlan> make(std::vector<Segment> segments, bool causal, at::Device device);
  /** Consecutive runs of these lengths, none with a prefix. */
  static std::shared_ptr<const AttentionPlan> of_lengths(const std::vector<int64_t>& lengths, bool causal,
                                                         at::Device device);

  struct Bucket {
    int64_t count;       // segments
    int64_t length;      // rows of each
    int64_t start = -1;  // first row, where the segments follow each other; else -1 and
    at::Tensor rows;     // (count * length) int64
    int64_t prefix_start = 0;
    int64_t prefix_length = 0;
  };
  /** Those without a prefix come first. */
  const std::vector<Bucket>& buckets() const { return buckets_; }
  const std::vector<Segment>& segments() const { return segments_; }
  int64_t tokens() const { return tokens_; }
  bool causal() const { return causal_; }
  /** The same for fused kernels of CUDA; null for another device. */
  const std::shared_ptr<const Varlen>& varlen() const { return varlen_; }

 private:
  std::vector<Segment> segments_;
  std::vector<Bucket> buckets_;
  int64_t tokens_ = 0;
  bool causal_ = true;
  std::shared_ptr<const Varlen> varlen_;
};

/**
 * Scaled dot-product attention over packed runs. qkv: (T, heads + 2 * kv_heads, head_dim), queries first, then keys,
 * then values; each key-value head serves heads / kv_heads query heads. @return (T, heads * head_dim).
 */
at::Tensor packed_attention(const at::Tensor& qkv, int64_t heads, int64_t kv_heads,
                            std::shared_ptr<const AttentionPlan> plan);

}  // namespace srvau::ops
