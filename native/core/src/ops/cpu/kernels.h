#pragma once

#include <cstdint>

#include <c10/util/BFloat16.h>

namespace srvau::cpu {

/** How one group of queries reads its keys and values; see decode_attention. */
struct DecodeSpan {
  const float* keys;    // (kv_heads, head_dim, stride): a position's values lie `stride` apart
  const float* values;  // (kv_heads, stride, head_dim)
  int64_t stride;       // positions the buffers have room for
  int64_t length;       // positions that are filled
};

/**
 * Loops that run on one core; callers split rows between threads. Everything is computed in float, whatever is stored.
 * Rows are contiguous.
 */
template <typename T>
struct RowKernels {
  /**
   * sum = x + residual (skipped where residual is null: then sum is unused and may be null);
   * y = weight * sum * rstd, rstd = 1/sqrt(mean(sum^2) + eps).
   */
  void (*rms_norm)(const T* x, const T* residual, const float* weight, float eps, int64_t rows, int64_t width, T* sum,
                   T* y, float* rstd);
  /**
   * Gradient of the above. dx receives d(x) = d(residual); dsum, the gradient that reaches `sum` from elsewhere, may be
   * null. dweight (width) is added to.
   */
  void (*rms_norm_backward)(const T* dy, const T* dsum, const T* sum, const float* weight, const float* rstd,
                            int64_t rows, int64_t width, T* dx, float* dweight);
  /** Rotates the first `rotated` of `heads` heads by the angle (sign = 1) or back (sign = -1); copies the others. */
  void (*rope)(const T* x, const float* cos, const float* sin, float sign, int64_t rows, int64_t heads, int64_t rotated,
               int64_t head_dim, T* y);
  /** y = silu(gate) * up, with gate_up (rows, 2 * width): gate in the first half. */
  void (*swiglu)(const T* gate_up, int64_t rows, int64_t width, T* y);
  void (*swiglu_backward)(const T* dy, const T* gate_up, int64_t rows, int64_t width, T* dgate_up);
};

/** The heads of packed rows, and how their tokens attend. */
template <typename T>
struct PackedHeads {
  const T* qkv;  // (rows, heads + 2 * kv_heads, head_dim): queries, keys, values
  int64_t heads, kv_heads, head_dim;
  bool causal;
  float scale;
};

/** Tokens that see each other and those of a prefix; see ops::Segment. */
struct AttentionRun {
  int64_t start, length;                // rows
  int64_t prefix_start, prefix_length;  // 0 rows: none
};

/**
 * Attention of the query heads that one key-value head serves, on one core: scores are made for a few queries at a time
 * and never leave the cache. All sums are in float.
 */
template <typename T>
struct AttentionKernels {
  /** Writes the run's rows of out (rows, heads, head_dim) and logsumexp (rows, heads), in these heads. */
  void (*forward)(const PackedHeads<T>& packed, const AttentionRun& run, int64_t kv_head, T* out, float* logsumexp);
  /**
   * The gradient for a family: family[0] has no prefix, and it is the prefix of the others. Its keys gather what every
   * run asks of them in float, whatever T is. Writes the family's rows of dqkv, in these heads.
   */
  void (*backward)(const PackedHeads<T>& packed, const T* out, const T* dout, const float* logsumexp,
                   const AttentionRun* family, int64_t runs, int64_t kv_head, T* dqkv);
};

/** The kernels for one instruction set. */
struct Kernels {
  RowKernels<float> f32;
  RowKernels<c10::BFloat16> bf16;
  const AttentionKernels<float>* attention_f32;
  const AttentionKernels<c10::BFloat16>* attention_bf16;
  /**
   * Attention of `queries` query heads that share one key-value head over the positions of `spans`, taken together in
   * one softmax. q, out: (queries, head_dim). scores: scratch of queries * (sum of lengths + 64) floats.
   */
  void (*decode_attention)(const float* q, int64_t queries, int64_t head_dim, float scale, const DecodeSpan* spans,
                           int64_t span_count, int64_t kv_head, float* scores, float* out);
  /**
   * In place: logits = logits * scale, with -inf at `suppressed`. Returns the log of the sum of their exponentials;
   * fills `entropy` (nats) unless it is null.
   */
  float (*scale_and_logsumexp)(float* logits, int64_t width, float scale, const int64_t* suppressed,
                               int64_t suppressed_count, float* entropy);
  /**
   * The first index at which the running sum of exp(logits - logsumexp) exceeds `uniform`, in [0, 1); the last index of
   * a probability above 0 where rounding keeps the sum below it.
   */
  int64_t (*inverse_cdf)(const float* logits, int64_t width, float logsumexp, double uniform);
};

/** The widest set that this machine and libtorch's own dispatch support. */
const Kernels& kernels();

template <typename T>
const RowKernels<T>& row_kernels();
template <>
inline const RowKernels<float>& row_kernels() {
  return kernels().f32;
}
template <>
inline const RowKernels<c10::BFloat16>& row_kernels() {
  return kernels().bf16;
}

template <typename T>
const AttentionKernels<T>& attention_kernels();
template <>
inline const AttentionKernels<float>& attention_kernels() {
  return *kernels().attention_f32;
}
template <>
inline const AttentionKernels<c10::BFloat16>& attention_kernels() {
  return *kernels().attention_bf16;
}

}  // namespace srvau::cpu
