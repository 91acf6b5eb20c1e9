#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "base/error.h"

namespace srvau {

struct Choice {
  int64_t token;
  float logprob;
};

/** A log-probability that is none. Who has the model can say why: Model::fail_not_finite. */
class NotANumber : public Error {
 public:
  NotANumber() : Error(ErrorCode::kCheckpoint, "expected a model that gives numbers, received logits that are none") {}
};

/** @throws NotANumber */
Choice checked_choice(int64_t token, float logprob);

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

  /**
   * The same without waiting for the device.
   *
   * @param logits (N, V) float; overwritten
   * @param uniforms (N) double on the device of logits
   * @param suppressed suppressed_on() that device
   * @return (N) int64 tokens and their (N) float log-probabilities, on the device
   */
  std::pair<at::Tensor, at::Tensor> choose_on_device(const at::Tensor& logits, const at::Tensor& uniforms,
                                                     const at::Tensor& suppressed) const;

  /** The suppressed tokens as (n) int64. */
  at::Tensor suppressed_on(at::Device device) const;

 private:
  Choice choose_row(float* logits, double uniform) const;

  Options options_;
  int64_t vocab_size_;
};

}  // namespace srvau
