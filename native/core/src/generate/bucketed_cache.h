#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "config/model_config.h"
#include "generate/key_value_cache.h"

namespace srvau {

/** The least number of places that is provided for `rows` rows: few sizes, at most half as many again as needed. */
int64_t bucket_of(int64_t rows);

/**
 * Keys and values in buffers that stay where they are from step to step, so that a step can be recorded and replayed.
 *
 * A row has a place, an index into the buffers of what it has generated. A prompt is stored once, however many rows
 * read it: their queries are gathered side by side in the prompt's slots, and its keys are read once for all of them.
 * When rows leave, their places lie idle until so few are left that a smaller bucket holds them.
 */
class BucketedCache {
 public:
  BucketedCache(const TextConfig& config, const at::TensorOptions& options);

  /** Adds a row for each sample of a prompt, behind the rows there are. */
  void join(std::shared_ptr<const PromptCache> prompt, int64_t samples);

  /** Keeps the rows whose index is listed, in that order. */
  void keep(const std::vector<int64_t>& rows);

  /** Makes room for one more token of every row. @return true when buffers moved, and places with them */
  bool prepare();

  /** The size of a step: rows of its inputs, of which those at a row's place() count. */
  int64_t places() const { return places_; }
  int64_t place(size_t row) const { return rows_[row].place; }
  /** Tokens that a row has generated and that are in the cache: where the next one goes. */
  int64_t length(size_t row) const { return rows_[row].length; }
  size_t rows() const { return rows_.size(); }
  /** After a step: every row is one token longer. */
  void advance();

  /** Of one step: worked out once and used by every layer. */
  struct Step {
    at::Tensor writes;  // (places * kv_heads) int64: rows of the keys, seen as (…, head_dim), to be written
    at::Tensor hidden;  // (places, 1, prompt positions + own positions) bool: what a row does not see
  };

  /** @param lengths (places) int64 on the device: length() of the row at each place, 0 where there is none */
  Step begin_step(const at::Tensor& lengths) const;

  /**
   * Writes each place's key and value of this step and attends to all it sees.
   *
   * @param qkv (places, heads + 2 * kv_heads, head_dim), rotated
   * @return (places, heads * head_dim)
   */
  at::Tensor attend(size_t layer, const at::Tensor& qkv, const Step& step);

  /** Of all buffers. */
  int64_t bytes() const;

 private:
  struct Row {
    size_t prompt;       // index of prompts_
    int64_t place = -1;  // none yet
    int64_t length = 0;
  };
  struct Prompt {
    int64_t length;
    int64_t place = -1;                            // none yet
    std::shared_ptr<const PromptCache> joining{};  // until it has one
  };
  /** Of one layer. */
  struct Buffers {
    at::Tensor prompt_keys, prompt_values;  // (prompt places * kv_heads, prompt positions, head_dim)
    at::Tensor keys, values;                // (places * kv_heads, own positions, head_dim)
  };

  void drop_unread_prompts();
  void place_rows(int64_t positions);
  void place_prompts();
  void index_slots();
  at::Tensor indices(const std::vector<int64_t>& values) const;
  at::Tensor to_slots(const at::Tensor& by_place) const;
  at::Tensor from_slots(const at::Tensor& by_slot) const;

  TextConfig config_;
  at::TensorOptions options_;
  std::vector<Buffers> layers_;
  std::vector<Row> rows_;
  std::vector<Prompt> prompts_;
  int64_t places_ = 0, own_positions_ = 0;
  int64_t prompt_places_ = 0, prompt_positions_ = 0;
  int64_t slots_ = 0;           // of each prompt
  at::Tensor place_of_slot_;    // (prompt places * slots) int64; where a slot is idle, any
  at::Tensor prompt_of_place_;  // (places) int64; where a place is idle, any
  at::Tensor slot_of_place_;    // (places) int64, within its prompt
  at::Tensor prompt_hidden_;    // (places, prompt positions) bool
  at::Tensor first_write_;      // (places, kv_heads) int64
};

}  // namespace srvau
