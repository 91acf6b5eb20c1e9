#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "checkpoint/checkpoint.h"
#include "config/model_config.h"
#include "model/batch.h"
#include "model/decoder.h"
#include "model/parameters.h"
#include "model/vision_tower.h"
#include "ops/token_logprobs.h"

namespace srvau {

struct ModelOptions {
  at::Device device = at::kCPU;
  /** Of weights and activations: float or bfloat16. */
  at::ScalarType dtype = at::kFloat;
};

struct ForwardOptions {
  /** Gradient checkpointing: less memory for one more forward pass. */
  bool recompute = false;
  /** False: no gradient reaches the vision tower. */
  bool train_vision = true;
};

/**
 * A vision-language model of the Qwen2.5-VL family. Reading it from several threads is safe as long as nobody writes to
 * its parameters.
 */
class Model {
 public:
  /**
   * Reads a checkpoint into memory of its own. @throws Error CHECKPOINT, also for a weight that is not finite, or not
   * in the dtype asked for, UNSUPPORTED, OUT_OF_MEMORY.
   */
  static std::shared_ptr<Model> load(const std::string& dir, const ModelOptions& options);

  /**
   * Uses a checkpoint where it lies in the page cache, on the CPU and in its own dtype: for a frozen reference. It has
   * no parameters to train. @throws Error CHECKPOINT, UNSUPPORTED when its tensors are not all of one dtype, float or
   * bfloat16. Weights are not looked at: those that are not finite show when the model is used.
   */
  static std::shared_ptr<const Model> map(const std::string& dir);

  /**
   * Draws weights as transformers initialises them: normal with the configuration's standard deviation, biases 0, norms
   * 1. The same seed gives the same weights in any order of construction and on any device.
   */
  static std::shared_ptr<Model> random(const ModelConfig& config, uint64_t seed, const ModelOptions& options);

  /** The states of a packed batch after the final norm: (N, H) of `rows` (N) int64, (T, H) of all where it is
   * undefined. */
  at::Tensor hidden(const PackedBatch& batch, const ForwardOptions& options, const at::Tensor& rows = {}) const;

  /** Of the batch's targets: (N) log-probabilities and entropies. */
  ops::TokenLogprobs logprobs(const PackedBatch& batch, const ForwardOptions& options,
                              const ops::TokenLogprobOptions& token_options) const;

  /** Embeddings of a batch with the vision tower's output in place of the pads: (T, H). */
  at::Tensor embeddings(const PackedBatch& batch, const ForwardOptions& options) const;

  /** Writes it in Hugging Face layout, with the tokenizer and other companions of `companions_from` ("": none). */
  void save(const std::string& dir, const std::string& companions_from, at::ScalarType dtype) const;

  /**
   * Throws Error CHECKPOINT that says why nothing finite comes out: the first weight that is not finite, or else the
   * largest one. Reads all weights.
   */
  [[noreturn]] void fail_not_finite() const;

  const ModelConfig& config() const { return config_; }
  const VisionTower& vision() const { return vision_; }
  const Decoder& decoder() const { return decoder_; }
  /** In a fixed order; empty for a mapped model. */
  const std::vector<Parameter>& parameters() const { return parameters_; }
  at::Device device() const { return decoder_.options().device(); }
  at::ScalarType dtype() const { return decoder_.options().dtype().toScalarType(); }

 private:
  Model(const ModelConfig& config, WeightSource& source)
      : config_(config), vision_(config.vision, source), decoder_(config.text, config.tie_word_embeddings, source) {}

  ModelConfig config_;
  VisionTower vision_;
  Decoder decoder_;
  std::vector<Parameter> parameters_;
  std::shared_ptr<const Checkpoint> mapped_;
};

}  // namespace srvau
