#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "config/model_config.h"

namespace srvau {

/** Keys and values of a prompt, for every layer; read by all its samples. */
struct PromptCache {
  /** One (P, 2 * kv_heads, head_dim) a layer: keys, then values, in the type of the model. */
  std::vector<at::Tensor> layers;
  int64_t length() const { return layers.front().size(0); }
};

/**
 * Keys and values of the sequences that are being decoded. Sequences are rows: they join with their prompt, each step
 * adds a token to every row, and rows leave when they end.
 */
class KeyValueCache {
 public:
  virtual ~KeyValueCache() = default;

  /** Adds a row for each sample of a prompt, behind the rows there are. */
  virtual void join(std::shared_ptr<const PromptCache> prompt, int64_t samples) = 0;

  /** Keeps the rows whose index is listed, in that order. */
  virtual void keep(const std::vector<int64_t>& rows) = 0;

  /**
   * Appends each row's key and value of this step and attends to all of that row. qkv: (rows, heads + 2 * kv_heads,
   * head_dim), rotated. @return (rows, heads * head_dim). Layers are asked in order, once a step.
   */
  virtual at::Tensor attend(size_t layer, const at::Tensor& qkv) = 0;
};

/** For the CPU: prompts are stored once, laid out for the row kernels. */
std::unique_ptr<KeyValueCache> make_shared_prompt_cache(const TextConfig& config);

}  // namespace srvau
