#pragma once

#include <memory>
#include <vector>

#include "generate/bucketed_cache.h"
#include "generate/decode.h"
#include "generate/step_runner.h"

namespace srvau {

/** Decodes on buffers that stay where they are, for any device; see BucketedCache and StepRunner. */
class BucketedDecode final : public Decode {
 public:
  BucketedDecode(const Model& model, const Sampler& sampler, std::unique_ptr<StepRunner> runner);

  void join(std::shared_ptr<const PromptCache> prompt, int64_t samples) override;
  void keep(const std::vector<int64_t>& rows) override;
  std::vector<Choice> step(const std::vector<int64_t>& ids, const std::vector<int64_t>& positions,
                           const std::vector<double>& uniforms) override;

 private:
  /** On the device and its mirror on the host: what changes from step to step. */
  struct Staged {
    at::Tensor whole;     // (3, places) int64: ids, rotary positions, lengths
    at::Tensor uniforms;  // (places) double
  };
  struct Chosen {
    at::Tensor tokens;    // (places) int64
    at::Tensor logprobs;  // (places) float
  };

  void make_buffers();
  void fill(const std::vector<int64_t>& ids, const std::vector<int64_t>& positions,
            const std::vector<double>& uniforms);
  void work();

  const Model& model_;
  const Sampler& sampler_;
  BucketedCache cache_;
  std::unique_ptr<StepRunner> runner_;
  at::Tensor suppressed_;
  Staged host_, device_;
  Chosen chosen_, fetched_;
};

}  // namespace srvau
