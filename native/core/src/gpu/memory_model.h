#pragma once

#include <cstdint>

#include <ATen/ATen.h>

#include "config/model_config.h"

namespace srvau {

/** One GRPO step, as far as its memory depends on it. */
struct GrpoWorkload {
  /** Of weights and activations: float or bfloat16. */
  at::ScalarType dtype = at::kBFloat16;
  /** A frozen reference beside the policy, for KL. */
  bool reference = true;
  bool train_vision = true;
  bool recompute = true;
  /** Rows of one pass of training and of scoring (TrainerOptions::max_tokens_per_pass). */
  int64_t pass_tokens = 16384;
  /** Patches of the clips in one pass. */
  int64_t pass_patches = 0;
  int64_t logits_chunk_bytes = int64_t{1} << 30;
  int64_t prompts = 128;
  int64_t samples = 4;
  int64_t prompt_tokens = 512;
  int64_t new_tokens = 512;
};

/** Bytes on one device, of tensors that live at the same time; what an allocator loses to fragments comes on top. */
struct MemoryEstimate {
  int64_t parameters;  // how many
  // All the time:
  int64_t weights, reference;
  int64_t optimizer;  // float masters of bfloat16 weights, two moments
  // While training:
  int64_t gradients;    // float sums, and those of a bfloat16 pass beside them
  int64_t activations;  // of the pass, with the layer that is being computed again
  int64_t logits;       // of a chunk, and the gradient of the head
  // While generating:
  int64_t cache;     // at its largest: all rows grown, or the prompts there twice while they join
  int64_t decoding;  // of one step: the scores of one layer, logits and what the sampler makes of them

  int64_t always() const { return weights + reference + optimizer; }
  int64_t training() const { return always() + gradients + activations + logits; }
  int64_t generating() const { return always() + cache + decoding; }
  int64_t peak() const { return training() > generating() ? training() : generating(); }
};

/** Trained parameters of the text model and the vision tower. */
int64_t parameters_of(const ModelConfig& config);

/** Of the cache when all rows have grown to their full length; see BucketedCache. */
int64_t cache_bytes(const TextConfig& config, const GrpoWorkload& workload);

/** What a GRPO step of full-parameter training with AdamW needs. */
MemoryEstimate estimate_memory(const ModelConfig& config, const GrpoWorkload& workload);

}  // namespace srvau
