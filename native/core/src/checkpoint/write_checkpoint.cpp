#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "base/error.h"
#include "base/file_errors.h"
#include "base/files.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/layout.h"
#include "checkpoint/tensor_check.h"
#include "config/json.h"

namespace srvau {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kChatTemplate = "chat_template";
constexpr std::array<std::string_view, 10> kCompanions = {"added_tokens.json",
                                                          "generation_config.json",
                                                          "merges.txt",
                                                          "preprocessor_config.json",
                                                          "processor_config.json",
                                                          "special_tokens_map.json",
                                                          "tokenizer.json",
                                                          "tokenizer_config.json",
                                                          "video_preprocessor_config.json",
                                                          "vocab.json"};
constexpr uint64_t kMaxCompanionBytes = uint64_t{1} << 28;

bool is_companion(const std::string& name) {
  return name.starts_with(kChatTemplate) ||
         std::find(kCompanions.begin(), kCompanions.end(), name) != kCompanions.end();
}

bool is_of_checkpoint(const std::string& name) {
  return name == kConfigFile || name == kIndexFile || name.ends_with(".safetensors") || is_companion(name);
}

// Replacing a directory removes all that is in it, so it must hold nothing that was not put there by such a write.
void require_replaceable(const fs::path& dir) {
  if (!fs::exists(dir)) return;
  SRVAU_REQUIRE(fs::is_directory(dir), dir.string(), ": expected a directory or nothing, received a file");
  for (const auto& item : fs::directory_iterator(dir)) {
    const auto name = item.path().filename().string();
    SRVAU_REQUIRE(!item.is_directory() && is_of_checkpoint(name), dir.string(),
                  ": expected a checkpoint that may be replaced, or an empty directory; it holds ", name);
  }
}

const char* name_in_config(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return "float32";
    case at::kBFloat16:
      return "bfloat16";
    case at::kHalf:
      return "float16";
    case at::kDouble:
      return "float64";
    default:
      fail(ErrorCode::kInvalidArgument, "expected weights in floating point, received ", dtype);
  }
}

void write_text(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

using Shard = std::vector<NamedTensor>;

std::vector<Shard> split(const std::vector<NamedTensor>& tensors, int64_t max_bytes) {
  std::vector<Shard> shards(1);
  int64_t bytes = 0;
  for (const auto& item : tensors) {
    const auto size = static_cast<int64_t>(item.tensor.nbytes());
    if (!shards.back().empty() && size > max_bytes - bytes) {
      shards.emplace_back();
      bytes = 0;
    }
    shards.back().push_back(item);
    bytes += size;
  }
  return shards;
}

void write_shards(const fs::path& dir, const std::vector<Shard>& shards, const CheckpointWriteOptions& options) {
  JsonObject weight_map;
  int64_t bytes = 0;
  int64_t parameters = 0;
  for (size_t i = 0; i < shards.size(); ++i) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "model-%05zu-of-%05zu.safetensors", i + 1, shards.size());
    write_safetensors(dir / name.data(), shards[i], options.metadata);
    for (const auto& item : shards[i]) {
      weight_map.push_back({item.name, JsonValue(std::string(name.data()))});
      bytes += static_cast<int64_t>(item.tensor.nbytes());
      parameters += item.tensor.numel();
    }
  }
  JsonObject metadata = {{"total_parameters", JsonValue(parameters)}, {"total_size", JsonValue(bytes)}};
  JsonObject index = {{"metadata", JsonValue(std::move(metadata))}, {"weight_map", JsonValue(std::move(weight_map))}};
  write_text(dir / kIndexFile, to_json(JsonValue(std::move(index))) + "\n");
}

void copy_companions(const fs::path& from, const fs::path& to) {
  for (const auto& item : fs::directory_iterator(from)) {
    const auto name = item.path().filename().string();
    // Followed where they are links, as in a download cache.
    if (is_companion(name) && item.is_regular_file()) write_text(to / name, read_file(item.path(), kMaxCompanionBytes));
  }
}

// All in one dtype, which is what config.json can say, and the parameters of the configuration, each once.
at::ScalarType require_model(const std::vector<NamedTensor>& tensors, const ModelConfig& config) {
  TensorCheck check(config);
  std::set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    SRVAU_REQUIRE(tensor.defined(), name, ": expected a tensor, received none");
    SRVAU_REQUIRE(names.insert(name).second, name, ": expected once, received twice");
    SRVAU_REQUIRE(tensor.scalar_type() == tensors.front().tensor.scalar_type(), name, ": expected ",
                  tensors.front().tensor.scalar_type(), " as ", tensors.front().name, ", received ",
                  tensor.scalar_type());
    SRVAU_REQUIRE(!config.tie_word_embeddings || name != "lm_head.weight", name,
                  ": expected none, the configuration ties it to the embedding");
    check.add(name, tensor.sizes(), tensor.scalar_type());
  }
  check.finish(ErrorCode::kInvalidArgument, "tensors to write");
  return tensors.front().tensor.scalar_type();
}

}  // namespace

void write_checkpoint(const std::string& dir, const std::string& config_json, const std::vector<NamedTensor>& tensors,
                      const CheckpointWriteOptions& options) {
  SRVAU_REQUIRE(options.max_shard_bytes > 0, "max_shard_bytes: expected a positive number, received ",
                options.max_shard_bytes);
  const auto dtype = require_model(tensors, parse_model_config(config_json));
  auto sorted = tensors;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  try {
    require_replaceable(fs::weakly_canonical(dir));
    AtomicDirectory output(dir);
    if (!options.companions_from.empty()) copy_companions(options.companions_from, output.staging());
    write_text(output.staging() / kConfigFile, config_json_with_dtype(config_json, name_in_config(dtype)));
    const auto shards = split(sorted, options.max_shard_bytes);
    if (shards.size() == 1) {
      write_safetensors(output.staging() / kSingleFile, shards.front(), options.metadata);
    } else {
      write_shards(output.staging(), shards, options);
    }
    require_replaceable(output.target());  // writing takes minutes, in which others may have put something there
    output.commit();
  } catch (const fs::filesystem_error& error) {
    fail_with_system_error(error.path1().empty() ? fs::path(dir) : error.path1(), "what can be read and written",
                           error.code().value());
  }
}

}  // namespace srvau
