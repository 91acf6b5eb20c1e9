#pragma once

#include <cstdint>

#include <ATen/core/PhiloxRNGEngine.h>

namespace srvau {

/**
 * The random number of a sequence's `step`-th token, in [0, 1) with 53 bits. It depends on nothing else: a sequence is
 * sampled alike in any batch, from the start or resumed.
 */
inline double uniform_at(uint64_t seed, uint64_t step) {
  at::Philox4_32 engine(seed, /*subsequence=*/0, /*offset=*/step);
  const uint64_t high = engine() >> 6, low = engine() >> 5;  // 26 and 27 bits
  return static_cast<double>((high << 27) | low) / 9007199254740992.0;
}

}  // namespace srvau
