#pragma once

// For sources that are compiled once for each instruction set, with CPU_CAPABILITY and SRVAU_ISA set to its name (see
// CMakeLists.txt): libtorch's own vector classes are chosen by these macros, and its namespace keeps the copies apart.
#include <cstdint>
#include <cstring>

#include <ATen/cpu/vec/functional.h>
#include <ATen/cpu/vec/vec.h>
#include <c10/util/BFloat16.h>

namespace srvau::cpu::SRVAU_ISA {
namespace {

using Vec = at::vec::Vectorized<float>;
constexpr int64_t kLanes = Vec::size();

inline float to_float(float x) { return x; }
inline float to_float(c10::BFloat16 x) { return static_cast<float>(x); }

/** The row as floats: itself, or converted into `buffer`. */
inline const float* as_float(const float* row, int64_t, float*) { return row; }
inline const float* as_float(const c10::BFloat16* row, int64_t width, float* buffer) {
  const auto* bits = reinterpret_cast<const uint16_t*>(row);
  auto* out = reinterpret_cast<uint32_t*>(buffer);
  for (int64_t i = 0; i < width; ++i) out[i] = static_cast<uint32_t>(bits[i]) << 16;
  return buffer;
}

/** Where to write a row of floats, and how it reaches the output. */
inline float* out_float(float* row, float*) { return row; }
inline float* out_float(c10::BFloat16*, float* buffer) { return buffer; }
inline void flush(float*, const float*, int64_t) {}
inline void flush(c10::BFloat16* row, const float* buffer, int64_t width) {
  auto* out = reinterpret_cast<uint16_t*>(row);
  const auto* bits = reinterpret_cast<const uint32_t*>(buffer);
  for (int64_t i = 0; i < width; ++i) {
    // Round to nearest even; a NaN stays one.
    const uint32_t x = bits[i];
    const uint32_t rounded = (x + 0x7fffU + ((x >> 16) & 1U)) >> 16;
    out[i] = (x & 0x7fffffffU) > 0x7f800000U ? uint16_t{0x7fc0} : static_cast<uint16_t>(rounded);
  }
}

float sum_of(Vec v) {
  return at::vec::vec_reduce_all<float>([](Vec a, Vec b) { return a + b; }, v);
}

template <typename Op>
inline void each_vec(int64_t width, Op&& op) {
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) op(i, kLanes);
  if (i < width) op(i, width - i);
}

inline Vec load(const float* p, int64_t count) { return count == kLanes ? Vec::loadu(p) : Vec::loadu(p, count); }
inline void store(Vec v, float* p, int64_t count) { v.store(p, static_cast<int>(count)); }

}  // namespace
}  // namespace srvau::cpu::SRVAU_ISA
