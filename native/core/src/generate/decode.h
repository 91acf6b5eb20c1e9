#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "generate/key_value_cache.h"
#include "generate/sampler.h"
#include "model/model.h"

namespace srvau {

/** How tokens are decoded. The results are the same up to rounding. */
enum class DecodePath {
  /** The fastest for the device of the model. */
  kOfDevice,
  /** The CPU only: one cache for each sequence, read by the row kernels. */
  kRowKernels,
  /** Any device: a step works on buffers that stay where they are, and on CUDA is recorded once and replayed. */
  kBuckets,
  /** The same without recording, operator by operator: what a replay is compared with. */
  kBucketsEager,
};

/** Sequences that are being decoded, as rows: they join with their prompt and leave when they end. */
class Decode {
 public:
  virtual ~Decode() = default;

  /** Adds a row for each sample of a prompt, behind the rows there are. */
  virtual void join(std::shared_ptr<const PromptCache> prompt, int64_t samples) = 0;

  /** Keeps the rows whose index is listed, in that order. */
  virtual void keep(const std::vector<int64_t>& rows) = 0;

  /**
   * Reads one token of every row and chooses the next.
   *
   * @param ids, positions of the tokens read: of the vocabulary, and rotary
   * @param uniforms one random number in [0, 1) for each row
   */
  virtual std::vector<Choice> step(const std::vector<int64_t>& ids, const std::vector<int64_t>& positions,
                                   const std::vector<double>& uniforms) = 0;
};

/**
 * Both arguments must outlive the result.
 * @throws Error INVALID_ARGUMENT: kRowKernels of a model that is not on the CPU.
 */
std::unique_ptr<Decode> make_decode(const Model& model, const Sampler& sampler, DecodePath path);

}  // namespace srvau
