#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "checkpoint/parameters.h"
#include "checkpoint/safetensors.h"
#include "config/model_config.h"

namespace srvau {

/**
 * The weights of a directory in Hugging Face layout: model.safetensors, or the shards that model.safetensors.index.json
 * names. All names in here are canonical (canonical_name). Files are mapped, not read; copies share the mappings.
 */
class Checkpoint {
 public:
  /**
   * @throws Error CHECKPOINT: no such files; a shard that is missing, lies outside the directory, lacks a tensor that
   * the index puts there or holds one that it does not; two names for one parameter. UNSUPPORTED: a dtype.
   */
  static Checkpoint open(const std::string& dir);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  /** Sorted. */
  std::vector<std::string> names() const;
  /** Dtype and shape, without touching the data. Null when there is none of that name. */
  const TensorEntry* entry(std::string_view name) const;
  /** As SafetensorsFile::tensor: a read-only view on the CPU. @throws Error CHECKPOINT: no such name. */
  at::Tensor tensor(std::string_view name) const;
  const std::string& dir() const noexcept { return dir_; }

 private:
  struct Place {
    size_t file;
    std::string name;  // as the file has it
  };

  void add_file(SafetensorsFile file);
  void open_shards(const std::filesystem::path& index);
  const Place* find(std::string_view name) const;

  std::string dir_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place, std::less<>> places_;
};

/**
 * Makes sure that a checkpoint holds exactly the parameters of a configuration, in floating point. An lm_head.weight is
 * let pass, and to be ignored, where the embedding is tied.
 *
 * @throws Error CHECKPOINT that counts all missing, unexpected and ill-shaped tensors and names the first 8 of each.
 */
void check_tensors(const Checkpoint& checkpoint, const ModelConfig& config);

struct CheckpointWriteOptions {
  /** A tensor that is larger gets a file of its own. */
  int64_t max_shard_bytes = 5'000'000'000;
  /** Goes into every file; transformers insists on a `format`. */
  std::map<std::string, std::string> metadata = {{"format", "pt"}};
  /** Directory of a checkpoint whose tokenizer, chat template, generation and preprocessor files are copied; may be "".
   */
  std::string companions_from = {};
};

/**
 * Writes a checkpoint directory that transformers loads: config.json, the weights in one file or in shards with an
 * index, and the companions. It appears whole or not at all and takes the place of a checkpoint of that name (see
 * AtomicDirectory); readers that have the old one open keep it, also this process when it writes over what it reads.
 *
 * config.json is `config_json` with its dtype set to that of the tensors, or else transformers would cast them.
 *
 * @throws Error INVALID_ARGUMENT: tensors that are not exactly expected_tensors of the configuration, or of several
 * dtypes; a directory that exists and holds anything but the files of a checkpoint. CHECKPOINT: the file system
 * refused.
 */
void write_checkpoint(const std::string& dir, const std::string& config_json, const std::vector<NamedTensor>& tensors,
                      const CheckpointWriteOptions& options = {});

}  // namespace srvau
