#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "ops/cpu/isa.h"
#include "ops/cpu/kernels.h"

namespace srvau::cpu::SRVAU_ISA {
namespace {

// L: rows of a run, P: of its prefix, N = P + L: its keys, d: head_dim, D: d rounded up to whole vectors.

/** Of the products below: rows and vectors of the result that are kept in registers. */
constexpr int kTileRows = kLanes == 16 ? 8 : 4;
constexpr int kTileVecs = 3;
/** Queries whose scores are made together. */
constexpr int64_t kQueries = 32;

int64_t whole_vecs(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

/** Rows are `row` apart, their elements `column`. */
struct Strided {
  const float* data;
  int64_t row, column;
};

/** kRows x (kVecs vectors) of c += a (kRows, inner) * b (inner, …). */
template <int kRows, int kVecs>
inline void tile(Strided a, const float* b, int64_t ldb, int64_t inner, float* c, int64_t ldc) {
  Vec sum[kRows][kVecs];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVecs; ++v) sum[r][v] = Vec::loadu(c + r * ldc + v * kLanes);
  for (int64_t p = 0; p < inner; ++p) {
    Vec line[kVecs];
    for (int v = 0; v < kVecs; ++v) line[v] = Vec::loadu(b + p * ldb + v * kLanes);
    for (int r = 0; r < kRows; ++r) {
      const Vec x(a.data[r * a.row + p * a.column]);
      for (int v = 0; v < kVecs; ++v) sum[r][v] = at::vec::fmadd(x, line[v], sum[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVecs; ++v) sum[r][v].store(c + r * ldc + v * kLanes);
}

template <int kVecs>
inline void tile_rows(int64_t rows, Strided a, const float* b, int64_t ldb, int64_t inner, float* c, int64_t ldc) {
  int64_t r = 0;
  for (; r + kTileRows <= rows; r += kTileRows)
    tile<kTileRows, kVecs>({a.data + r * a.row, a.row, a.column}, b, ldb, inner, c + r * ldc, ldc);
  for (; r < rows; ++r) tile<1, kVecs>({a.data + r * a.row, a.row, a.column}, b, ldb, inner, c + r * ldc, ldc);
}

/** c (rows, columns) += a (rows, inner) * b (inner, columns); columns are whole vectors. */
void add_product(int64_t rows, int64_t columns, int64_t inner, Strided a, const float* b, int64_t ldb, float* c,
                 int64_t ldc) {
  int64_t j = 0;
  for (; j + kTileVecs * kLanes <= columns; j += kTileVecs * kLanes)
    tile_rows<kTileVecs>(rows, a, b + j, ldb, inner, c + j, ldc);
  for (; j + 2 * kLanes <= columns; j += 2 * kLanes) tile_rows<2>(rows, a, b + j, ldb, inner, c + j, ldc);
  for (; j < columns; j += kLanes) tile_rows<1>(rows, a, b + j, ldb, inner, c + j, ldc);
}

/** y (rows, D) = x * scale, rows of x `stride` apart; what is beyond d is 0 already. */
template <typename T>
void unpack(const T* x, int64_t stride, int64_t rows, int64_t d, float scale, float* y, int64_t width) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < d; ++i) y[r * width + i] = to_float(x[r * stride + i]) * scale;
}

/** Rows of x, `width` apart, into rows of y, `stride` apart. */
template <typename T>
void pack(const float* x, int64_t width, int64_t rows, int64_t d, T* y, int64_t stride) {
  for (int64_t r = 0; r < rows; ++r, x += width, y += stride) {
    if constexpr (std::is_same_v<T, float>) {
      std::memcpy(y, x, static_cast<size_t>(d) * sizeof(float));
    } else {
      flush(y, x, d);
    }
  }
}

void scale_rows(float* x, int64_t count, float scale) {
  for (int64_t i = 0; i < count; ++i) x[i] *= scale;
}

/** yᵀ of x (rows, width), as columns from y on. */
void transpose(const float* x, int64_t rows, int64_t width, float* y, int64_t ldy) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < width; ++i) y[i * ldy + r] = x[r * width + i];
}

/** Keys or values of a run behind those of its prefix, as rows and as columns. */
class KeySide {
 public:
  /** @param keys rows that there will be at most */
  KeySide(int64_t keys, int64_t d)
      : d_(d),
        width_(whole_vecs(d)),
        ld_(whole_vecs(keys)),
        rows_(static_cast<size_t>(ld_ * width_)),
        columns_(static_cast<size_t>(ld_ * width_)) {}

  template <typename T>
  void read(const T* x, int64_t stride, int64_t at, int64_t count) {
    float* to = rows_.data() + at * width_;
    unpack(x, stride, count, d_, 1.F, to, width_);
    transpose(to, count, width_, columns_.data() + at, ld_);
  }

  const float* rows() const { return rows_.data(); }        // (N, D)
  const float* columns() const { return columns_.data(); }  // (D, ld)
  int64_t ld() const { return ld_; }

 private:
  int64_t d_, width_, ld_;
  std::vector<float> rows_, columns_;
};

/** Where the heads of a run lie. */
template <typename T>
struct Place {
  const PackedHeads<T>& packed;
  int64_t kv_head;

  int64_t group() const { return packed.heads / packed.kv_heads; }
  int64_t stride() const { return (packed.heads + 2 * packed.kv_heads) * packed.head_dim; }
  int64_t out_stride() const { return packed.heads * packed.head_dim; }
  int64_t head(int64_t i) const { return kv_head * group() + i; }
  int64_t key_offset() const { return (packed.heads + kv_head) * packed.head_dim; }
  int64_t value_offset() const { return key_offset() + packed.kv_heads * packed.head_dim; }
  const T* query(int64_t row, int64_t i) const { return packed.qkv + row * stride() + head(i) * packed.head_dim; }

  void read(KeySide& keys, KeySide& values, int64_t row, int64_t at, int64_t count) const {
    keys.read(packed.qkv + row * stride() + key_offset(), stride(), at, count);
    values.read(packed.qkv + row * stride() + value_offset(), stride(), at, count);
  }
};

/** Of N keys, how many query i of a run sees. */
template <typename T>
int64_t seen(const PackedHeads<T>& packed, const AttentionRun& run, int64_t i) {
  return run.prefix_length + (packed.causal ? i + 1 : run.length);
}

/** s = exp(s - max), 0 from `count` to `end`. Returns the sum of it; max in `max`. */
float exponentials(float* s, int64_t count, int64_t end, float& max) {
  Vec top(-std::numeric_limits<float>::infinity());
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) top = at::vec::maximum(top, Vec::loadu(s + i));
  max = at::vec::vec_reduce_all<float>([](Vec a, Vec b) { return at::vec::maximum(a, b); }, top);
  for (int64_t j = i; j < count; ++j) max = s[j] > max || std::isnan(s[j]) ? s[j] : max;
  const Vec shift(max);
  Vec sum(0.F);
  each_vec(count, [&](int64_t j, int64_t n) {
    const Vec e = (load(s + j, n) - shift).exp();
    store(e, s + j, n);
    sum = sum + (n == kLanes ? e : Vec::set(Vec(0.F), e, n));
  });
  std::fill(s + count, s + end, 0.F);
  return sum_of(sum);
}

template <typename T>
void forward(const PackedHeads<T>& packed, const AttentionRun& run, int64_t kv_head, T* out, float* logsumexp) {
  const Place<T> place{packed, kv_head};
  const int64_t d = packed.head_dim, width = whole_vecs(d), keys_total = run.prefix_length + run.length;
  KeySide keys(keys_total, d), values(keys_total, d);
  place.read(keys, values, run.prefix_start, 0, run.prefix_length);
  place.read(keys, values, run.start, run.prefix_length, run.length);
  std::vector<float> queries(kQueries * width), scores(kQueries * keys.ld()), sums(kQueries * width);

  for (int64_t g = 0; g < place.group(); ++g) {
    for (int64_t begin = 0; begin < run.length; begin += kQueries) {
      const int64_t n = std::min(kQueries, run.length - begin);
      const int64_t row = run.start + begin, end = seen(packed, run, begin + n - 1);
      unpack(place.query(row, g), place.stride(), n, d, packed.scale, queries.data(), width);
      std::fill(scores.begin(), scores.begin() + n * keys.ld(), 0.F);
      add_product(n, whole_vecs(end), d, {queries.data(), width, 1}, keys.columns(), keys.ld(), scores.data(),
                  keys.ld());
      std::fill(sums.begin(), sums.begin() + n * width, 0.F);
      float total[kQueries];
      for (int64_t i = 0; i < n; ++i) {
        float max = 0;
        total[i] = exponentials(scores.data() + i * keys.ld(), seen(packed, run, begin + i), end, max);
        logsumexp[(row + i) * packed.heads + place.head(g)] = max + std::log(total[i]);
      }
      add_product(n, width, end, {scores.data(), keys.ld(), 1}, values.rows(), width, sums.data(), width);
      T* to = out + row * place.out_stride() + place.head(g) * d;
      for (int64_t i = 0; i < n; ++i) scale_rows(sums.data() + i * width, width, 1.F / total[i]);
      pack(sums.data(), width, n, d, to, place.out_stride());
    }
  }
}

template <typename T>
void backward(const PackedHeads<T>& packed, const T* out, const T* dout, const float* logsumexp,
              const AttentionRun* family, int64_t runs, int64_t kv_head, T* dqkv) {
  const Place<T> place{packed, kv_head};
  const int64_t d = packed.head_dim, width = whole_vecs(d);
  int64_t longest = 0;
  for (int64_t r = 0; r < runs; ++r) longest = std::max(longest, family[r].prefix_length + family[r].length);
  KeySide keys(longest, d), values(longest, d);
  const int64_t ld = keys.ld();
  std::vector<float> dkeys(longest * width), dvalues(longest * width);
  std::vector<float> queries(kQueries * width), douts(kQueries * width), outs(kQueries * width),
      dqueries(kQueries * width), p(kQueries * ld), ds(kQueries * ld);

  const auto write = [&](int64_t row, int64_t at, int64_t count) {
    pack(dkeys.data() + at * width, width, count, d, dqkv + row * place.stride() + place.key_offset(), place.stride());
    pack(dvalues.data() + at * width, width, count, d, dqkv + row * place.stride() + place.value_offset(),
         place.stride());
  };

  for (int64_t r = 0; r < runs; ++r) {
    const auto& run = family[r];
    place.read(keys, values, run.start, run.prefix_length, run.length);
    std::fill(dkeys.begin() + run.prefix_length * width, dkeys.end(), 0.F);
    std::fill(dvalues.begin() + run.prefix_length * width, dvalues.end(), 0.F);
    for (int64_t g = 0; g < place.group(); ++g) {
      for (int64_t begin = 0; begin < run.length; begin += kQueries) {
        const int64_t n = std::min(kQueries, run.length - begin);
        const int64_t row = run.start + begin, end = seen(packed, run, begin + n - 1), columns = whole_vecs(end);
        const int64_t offset = row * place.out_stride() + place.head(g) * d;
        unpack(place.query(row, g), place.stride(), n, d, packed.scale, queries.data(), width);
        unpack(dout + offset, place.out_stride(), n, d, 1.F, douts.data(), width);
        unpack(out + offset, place.out_stride(), n, d, 1.F, outs.data(), width);
        std::fill(p.begin(), p.begin() + n * ld, 0.F);
        std::fill(ds.begin(), ds.begin() + n * ld, 0.F);
        std::fill(dqueries.begin(), dqueries.begin() + n * width, 0.F);
        add_product(n, columns, d, {queries.data(), width, 1}, keys.columns(), ld, p.data(), ld);
        add_product(n, columns, d, {douts.data(), width, 1}, values.columns(), ld, ds.data(), ld);
        for (int64_t i = 0; i < n; ++i) {
          Vec dots(0.F);
          for (int64_t c = 0; c < width; c += kLanes)
            dots =
                at::vec::fmadd(Vec::loadu(douts.data() + i * width + c), Vec::loadu(outs.data() + i * width + c), dots);
          const Vec delta(sum_of(dots)), shift(logsumexp[(row + i) * packed.heads + place.head(g)]);
          float *pi = p.data() + i * ld, *dsi = ds.data() + i * ld;
          const int64_t count = seen(packed, run, begin + i);
          each_vec(count, [&](int64_t j, int64_t m) {
            const Vec probability = (load(pi + j, m) - shift).exp();
            store(probability, pi + j, m);
            store(probability * (load(dsi + j, m) - delta), dsi + j, m);
          });
          std::fill(pi + count, pi + end, 0.F);
          std::fill(dsi + count, dsi + end, 0.F);
        }
        add_product(n, width, end, {ds.data(), ld, 1}, keys.rows(), width, dqueries.data(), width);
        add_product(end, width, n, {ds.data(), 1, ld}, queries.data(), width, dkeys.data(), width);
        add_product(end, width, n, {p.data(), 1, ld}, douts.data(), width, dvalues.data(), width);
        scale_rows(dqueries.data(), n * width, packed.scale);
        pack(dqueries.data(), width, n, d, dqkv + row * place.stride() + place.head(g) * d, place.stride());
      }
    }
    // The first run's gradient stays: as the prefix it gathers more from those that follow.
    if (r > 0) write(run.start, run.prefix_length, run.length);
  }
  write(family[0].start, 0, family[0].length);
}

}  // namespace

extern const AttentionKernels<float> attention_f32;
extern const AttentionKernels<c10::BFloat16> attention_bf16;
const AttentionKernels<float> attention_f32{forward<float>, backward<float>};
const AttentionKernels<c10::BFloat16> attention_bf16{forward<c10::BFloat16>, backward<c10::BFloat16>};

}  // namespace srvau::cpu::SRVAU_ISA
