#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace srvau::ops {

/**
 * What logits may be divided by. Below, the likeliest token has all of the mass anyway and quotients leave float32;
 * above, all tokens are equal.
 */
constexpr double kMinTemperature = 1e-6, kMaxTemperature = 1e6;

/** @param others what else the caller takes, e.g. "0, or " @throws Error INVALID_ARGUMENT */
void check_temperature(double temperature, const char* others = "");

struct TokenLogprobOptions {
  /** Logits are divided by it first; from kMinTemperature to kMaxTemperature. */
  double temperature = 1.0;
  /** Tokens that cannot occur: left out of the softmax, here as in sampling. Sorted, distinct. */
  std::vector<int64_t> suppressed;
  /**
   * Upper bound of the logits held at a time, in bytes. Up to it they are kept for the backward pass. 0: what suits the
   * device, 64 MiB on the CPU and 1 GiB elsewhere, where the product with a small chunk is all reading of the head.
   */
  int64_t chunk_bytes = 0;
};

struct TokenLogprobs {
  at::Tensor logprobs;  // (N) float
  at::Tensor entropy;   // (N) float, nats; no gradient flows through it
};

/**
 * Log-probabilities of chosen tokens, without ever holding all logits: the product with the head, its softmax and the
 * choice go chunk by chunk, and again so in the backward pass.
 *
 * @param hidden (N, H), the states that predict the tokens
 * @param head (V, H)
 * @param targets (N) int64 on hidden's device
 * @throws Error INVALID_ARGUMENT when a target is out of range or suppressed
 */
TokenLogprobs token_logprobs(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                             const TokenLogprobOptions& options);

}  // namespace srvau::ops
