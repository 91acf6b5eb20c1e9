#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

namespace srvau {

struct Choice {
  int64_t token;
  float logprob;
};

/** How a token is chosen from logits; see SamplingOptions for the fields. */
class Sampler {
 public:
  struct Options {
    double temperature = 1.0;
    double top_p = 1.0;
    int64_t top_k = 0;
    std::vector<int64_t> suppressed;  // sorted, distinct
  };

  /** @throws Error INVALID_ARGUMENT naming the field: a value out of its range, or every token suppressed. */
  Sampler(Options options, int64_t vocab_size);

  /**
   * @param logits (N, V) float; overwritten
   * @param uniforms N random numbers in [0, 1); not looked at when the temperature is 0
   */
  std::vector<Choice> choose(const at::Tensor& logits, const std::vector<double>& uniforms) const;

  /** The same by libtorch's operators alone: for devices without row kernels. */
  std::vector<Choice> choose_composed(const at::Tensor& logits, const std::vector<double>& uniforms) const;

 private:
  Choice choose_row(float* logits, double uniform) const;

  Options options_;
  int64_t vocab_size_;
};

}  // namespace srvau
