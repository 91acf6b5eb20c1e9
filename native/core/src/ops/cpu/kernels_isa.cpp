#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "ops/cpu/isa.h"
#include "ops/cpu/kernels.h"

namespace srvau::cpu::SRVAU_ISA {
namespace {

template <typename T>
void rms_norm(const T* x, const T* residual, const float* weight, float eps, int64_t rows, int64_t width, T* sum, T* y,
              float* rstd) {
  std::vector<float> buffers(4 * width);
  float *bx = buffers.data(), *br = bx + width, *bs = br + width, *by = bs + width;
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    const float* value = as_float(x, width, bx);
    if (residual != nullptr) {
      const float* other = as_float(residual, width, br);
      float* total = out_float(sum, bs);
      each_vec(width, [&](int64_t i, int64_t n) { store(load(value + i, n) + load(other + i, n), total + i, n); });
      flush(sum, total, width);
      // What is stored is what the norm sees, as in a chain of separate operators.
      value = as_float(static_cast<const T*>(sum), width, bs);
      residual += width;
      sum += width;
    }
    Vec squares(0.F);
    each_vec(width, [&](int64_t i, int64_t n) {
      const Vec v = load(value + i, n);
      squares = at::vec::fmadd(v, v, squares);
    });
    const float r = 1.F / std::sqrt(sum_of(squares) / static_cast<float>(width) + eps);
    rstd[row] = r;
    float* out = out_float(y, by);
    const Vec scale(r);
    each_vec(width, [&](int64_t i, int64_t n) { store(load(value + i, n) * scale * load(weight + i, n), out + i, n); });
    flush(y, out, width);
  }
}

template <typename T>
void rms_norm_backward(const T* dy, const T* dsum, const T* sum, const float* weight, const float* rstd, int64_t rows,
                       int64_t width, T* dx, float* dweight) {
  std::vector<float> buffers(4 * width);
  float *bd = buffers.data(), *bs = bd + width, *bg = bs + width, *bx = bg + width;
  for (int64_t row = 0; row < rows; ++row, dy += width, sum += width, dx += width) {
    const float* g = as_float(dy, width, bd);
    const float* s = as_float(sum, width, bs);
    const Vec r(rstd[row]);
    Vec dot(0.F);
    each_vec(width, [&](int64_t i, int64_t n) {
      const Vec normed = load(s + i, n) * r;
      const Vec grad = load(g + i, n);
      store(at::vec::fmadd(grad, normed, load(dweight + i, n)), dweight + i, n);
      dot = at::vec::fmadd(grad * load(weight + i, n), normed, dot);
    });
    const Vec mean(sum_of(dot) / static_cast<float>(width));
    const float* also = dsum == nullptr ? nullptr : as_float(dsum, width, bg);
    float* out = out_float(dx, bx);
    each_vec(width, [&](int64_t i, int64_t n) {
      const Vec inner = load(g + i, n) * load(weight + i, n) - load(s + i, n) * r * mean;
      const Vec result = also == nullptr ? inner * r : at::vec::fmadd(inner, r, load(also + i, n));
      store(result, out + i, n);
    });
    flush(dx, out, width);
    if (dsum != nullptr) dsum += width;
  }
}

template <typename T>
void rope(const T* x, const float* cos, const float* sin, float sign, int64_t rows, int64_t heads, int64_t rotated,
          int64_t head_dim, T* y) {
  const int64_t half = head_dim / 2;
  std::vector<float> buffers(2 * head_dim);
  float *bx = buffers.data(), *by = bx + head_dim;
  const Vec turn(sign);
  for (int64_t row = 0; row < rows; ++row, cos += half, sin += half) {
    for (int64_t head = 0; head < rotated; ++head, x += head_dim, y += head_dim) {
      const float* in = as_float(x, head_dim, bx);
      float* out = out_float(y, by);
      each_vec(half, [&](int64_t i, int64_t n) {
        const Vec a = load(in + i, n), b = load(in + half + i, n);
        const Vec c = load(cos + i, n), s = load(sin + i, n) * turn;
        store(a * c - b * s, out + i, n);
        store(b * c + a * s, out + half + i, n);
      });
      flush(y, out, head_dim);
    }
    const int64_t rest = (heads - rotated) * head_dim;
    if (x != y) std::memcpy(y, x, static_cast<size_t>(rest) * sizeof(T));
    x += rest;
    y += rest;
  }
}

inline Vec sigmoid(Vec x) { return Vec(1.F) / (Vec(1.F) + x.neg().exp()); }

template <typename T>
void swiglu(const T* gate_up, int64_t rows, int64_t width, T* y) {
  std::vector<float> buffers(3 * width);
  float *bx = buffers.data(), *by = bx + 2 * width;
  for (int64_t row = 0; row < rows; ++row, gate_up += 2 * width, y += width) {
    const float* in = as_float(gate_up, 2 * width, bx);
    float* out = out_float(y, by);
    each_vec(width, [&](int64_t i, int64_t n) {
      const Vec gate = load(in + i, n);
      store(gate * sigmoid(gate) * load(in + width + i, n), out + i, n);
    });
    flush(y, out, width);
  }
}

template <typename T>
void swiglu_backward(const T* dy, const T* gate_up, int64_t rows, int64_t width, T* dgate_up) {
  std::vector<float> buffers(5 * width);
  float *bx = buffers.data(), *bd = bx + 2 * width, *by = bd + width;
  for (int64_t row = 0; row < rows; ++row, dy += width, gate_up += 2 * width, dgate_up += 2 * width) {
    const float* in = as_float(gate_up, 2 * width, bx);
    const float* grad = as_float(dy, width, bd);
    float* out = out_float(dgate_up, by);
    const Vec one(1.F);
    each_vec(width, [&](int64_t i, int64_t n) {
      const Vec gate = load(in + i, n), up = load(in + width + i, n), d = load(grad + i, n);
      const Vec s = sigmoid(gate);
      const Vec silu = gate * s;
      store(d * up * (s + silu * (one - s)), out + i, n);
      store(d * silu, out + width + i, n);
    });
    flush(dgate_up, out, 2 * width);
  }
}

/** scores[q][p] = scale * q · key_p, for one span. Positions are the vector lanes, so that no sum crosses lanes. */
void span_scores(const float* q, int64_t queries, int64_t head_dim, float scale, const DecodeSpan& span,
                 int64_t kv_head, float* scores, int64_t row_stride) {
  const float* keys = span.keys + kv_head * head_dim * span.stride;
  constexpr int64_t kBlock = 4 * kLanes;
  for (int64_t query = 0; query < queries; ++query, q += head_dim, scores += row_stride) {
    int64_t p = 0;
    for (; p + kBlock <= span.length; p += kBlock) {
      Vec a(0.F), b(0.F), c(0.F), d(0.F);
      const float* key = keys + p;
      for (int64_t i = 0; i < head_dim; ++i, key += span.stride) {
        const Vec value(q[i]);
        a = at::vec::fmadd(value, Vec::loadu(key), a);
        b = at::vec::fmadd(value, Vec::loadu(key + kLanes), b);
        c = at::vec::fmadd(value, Vec::loadu(key + 2 * kLanes), c);
        d = at::vec::fmadd(value, Vec::loadu(key + 3 * kLanes), d);
      }
      const Vec s(scale);
      (a * s).store(scores + p);
      (b * s).store(scores + p + kLanes);
      (c * s).store(scores + p + 2 * kLanes);
      (d * s).store(scores + p + 3 * kLanes);
    }
    for (; p < span.length; p += kLanes) {
      const int64_t n = std::min(kLanes, span.length - p);
      Vec a(0.F);
      const float* key = keys + p;
      for (int64_t i = 0; i < head_dim; ++i, key += span.stride) a = at::vec::fmadd(Vec(q[i]), load(key, n), a);
      store(a * Vec(scale), scores + p, n);
    }
  }
}

/** Turns a row of scores into exponentials relative to their maximum; returns their sum. */
float exponentiate(float* scores, int64_t length) {
  Vec top(-std::numeric_limits<float>::infinity());
  float max = -std::numeric_limits<float>::infinity();
  int64_t i = 0;
  for (; i + kLanes <= length; i += kLanes) top = at::vec::maximum(top, Vec::loadu(scores + i));
  if (i > 0) max = at::vec::vec_reduce_all<float>([](Vec a, Vec b) { return at::vec::maximum(a, b); }, top);
  for (; i < length; ++i) max = std::max(max, scores[i]);
  const Vec shift(max);
  Vec total(0.F);
  float rest = 0;
  for (i = 0; i + kLanes <= length; i += kLanes) {
    const Vec e = (Vec::loadu(scores + i) - shift).exp();
    e.store(scores + i);
    total = total + e;
  }
  for (; i < length; ++i) rest += scores[i] = std::exp(scores[i] - max);
  return sum_of(total) + rest;
}

void decode_attention(const float* q, int64_t queries, int64_t head_dim, float scale, const DecodeSpan* spans,
                      int64_t span_count, int64_t kv_head, float* scores, float* out) {
  int64_t total = 0;
  for (int64_t s = 0; s < span_count; ++s) total += spans[s].length;
  int64_t offset = 0;
  for (int64_t s = 0; s < span_count; offset += spans[s].length, ++s)
    span_scores(q, queries, head_dim, scale, spans[s], kv_head, scores + offset, total);
  for (int64_t query = 0; query < queries; ++query, out += head_dim, scores += total) {
    const float norm = 1.F / exponentiate(scores, total);
    std::fill(out, out + head_dim, 0.F);
    const float* weight = scores;
    for (int64_t s = 0; s < span_count; weight += spans[s].length, ++s) {
      const float* value = spans[s].values + kv_head * spans[s].stride * head_dim;
      for (int64_t i = 0; i < head_dim; i += 2 * kLanes) {
        // Two vectors of the output at a time stay in registers over all positions.
        const int64_t n0 = std::min(kLanes, head_dim - i), n1 = std::min(kLanes, head_dim - i - n0);
        Vec a = load(out + i, n0), b(0.F);
        if (n1 > 0) b = load(out + i + n0, n1);
        const float* v = value + i;
        for (int64_t p = 0; p < spans[s].length; ++p, v += head_dim) {
          const Vec w(weight[p]);
          a = at::vec::fmadd(w, load(v, n0), a);
          if (n1 > 0) b = at::vec::fmadd(w, load(v + n0, n1), b);
        }
        store(a, out + i, n0);
        if (n1 > 0) store(b, out + i + n0, n1);
      }
    }
    each_vec(head_dim, [&](int64_t i, int64_t n) { store(load(out + i, n) * Vec(norm), out + i, n); });
  }
}

float scale_and_logsumexp(float* logits, int64_t width, float scale, const int64_t* suppressed,
                          int64_t suppressed_count, float* entropy) {
  each_vec(width, [&](int64_t i, int64_t n) { store(load(logits + i, n) * Vec(scale), logits + i, n); });
  for (int64_t i = 0; i < suppressed_count; ++i) logits[suppressed[i]] = -std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < width; ++i) max = std::max(max, logits[i]);
  // In double beyond one row of lanes: a vocabulary has 150,000 terms.
  double total = 0, weighted = 0;
  const Vec shift(max);
  float e[kLanes], d[kLanes];
  for (int64_t i = 0; i < width; i += kLanes) {
    const int64_t n = std::min(kLanes, width - i);
    const Vec difference = load(logits + i, n) - shift;
    const Vec exponential = difference.exp();
    exponential.store(e);
    difference.store(d);
    float part = 0, weighted_part = 0;
    for (int64_t j = 0; j < n; ++j) {
      part += e[j];
      // 0 * -inf of a suppressed entry is no number; it contributes nothing.
      if (e[j] > 0) weighted_part += e[j] * d[j];
    }
    total += part;
    weighted += weighted_part;
  }
  if (entropy != nullptr) *entropy = static_cast<float>(std::log(total) - weighted / total);
  return static_cast<float>(max + std::log(total));
}

int64_t inverse_cdf(const float* logits, int64_t width, float logsumexp, double uniform) {
  const Vec shift(logsumexp);
  float e[kLanes];
  double total = 0;
  int64_t last = 0;
  for (int64_t i = 0; i < width; i += kLanes) {
    const int64_t n = std::min(kLanes, width - i);
    (load(logits + i, n) - shift).exp().store(e);
    for (int64_t j = 0; j < n; ++j) {
      total += e[j];
      if (total > uniform) return i + j;
      if (e[j] > 0) last = i + j;
    }
  }
  return last;
}

template <typename T>
constexpr RowKernels<T> rows() {
  return {rms_norm<T>, rms_norm_backward<T>, rope<T>, swiglu<T>, swiglu_backward<T>};
}

}  // namespace

extern const Kernels table;
extern const AttentionKernels<float> attention_f32;
extern const AttentionKernels<c10::BFloat16> attention_bf16;
const Kernels table{rows<float>(),    rows<c10::BFloat16>(), &attention_f32, &attention_bf16,
                    decode_attention, scale_and_logsumexp,   inverse_cdf};

}  // namespace srvau::cpu::SRVAU_ISA
