#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "ops/attention.h"

namespace srvau::ops {

/**
 * A packed batch as kernels for sequences of different lengths take it: queries are the rows as they lie; the keys of a
 * segment are those of its prefix and then its own, in a buffer of their own. The last query of a segment stands at its
 * last key, so a causal mask that is aligned there lets each see all of the prefix.
 */
class Varlen {
 public:
  Varlen(const std::vector<Segment>& segments, int64_t tokens, at::Device device);

  /** Keys or values: (T, kv_heads, head_dim), any stride between rows -> (K, kv_heads, head_dim). */
  at::Tensor gather(const at::Tensor& x) const;
  /** The reverse for gradients: a prefix receives the sum, in float, of what its readers bring. (K, …) -> (T, …) */
  at::Tensor reduce(const at::Tensor& grad) const;

  const at::Tensor& query_offsets() const { return query_offsets_; }  // (segments + 1) int32
  const at::Tensor& key_offsets() const { return key_offsets_; }      // (segments + 1) int32
  int64_t longest_queries() const { return longest_queries_; }
  int64_t longest_keys() const { return longest_keys_; }

 private:
  at::Tensor query_offsets_, key_offsets_;
  int64_t longest_queries_ = 0, longest_keys_ = 0;
  // Undefined where no segment has a prefix: keys are the rows themselves.
  at::Tensor key_rows_;     // (K) int64: row of each key
  at::Tensor own_keys_;     // (T) int64: key of each row within its own segment
  at::Tensor prefix_rows_;  // (R) int64: rows that others read
  at::Tensor reader_keys_;  // (most readers * R) int64: their copies; where there are fewer readers, any
  at::Tensor no_reader_;    // (most readers, R, 1, 1) bool; undefined where all have as many
};

}  // namespace srvau::ops
