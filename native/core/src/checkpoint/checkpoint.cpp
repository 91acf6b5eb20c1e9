#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "checkpoint/layout.h"
#include "checkpoint/tensor_check.h"
#include "config/json.h"

namespace srvau {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxIndexBytes = 100'000'000;

// A shard is a file of the directory itself: an index is data from others and must not lead anywhere else.
void require_plain_name(const JsonField& field) {
  const auto& name = field.string();
  if (!name.ends_with(".safetensors") || name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
    field.fail_expected("the name of a .safetensors file in the same directory");
  }
}

}  // namespace

Checkpoint Checkpoint::open(const std::string& dir) {
  Checkpoint checkpoint;
  checkpoint.dir_ = dir;
  const auto single = fs::path(dir) / kSingleFile;
  const auto index = fs::path(dir) / kIndexFile;
  // The order in which transformers looks.
  std::error_code ignored;
  if (fs::exists(single, ignored)) {
    checkpoint.add_file(SafetensorsFile::open(single));
  } else if (fs::exists(index, ignored)) {
    checkpoint.open_shards(index);
  } else {
    fail(ErrorCode::kCheckpoint, dir, ": expected ", kSingleFile, " or ", kIndexFile, ", received neither");
  }
  return checkpoint;
}

void Checkpoint::add_file(SafetensorsFile file) {
  for (const auto& entry : file.entries()) {
    auto canonical = canonical_name(entry.name);
    const auto [at, added] = places_.emplace(canonical, Place{files_.size(), entry.name});
    if (!added) {
      fail(ErrorCode::kCheckpoint, file.path().string(), ": expected every parameter once, received ", canonical,
           " as ", at->second.name, " and as ", entry.name);
    }
  }
  files_.push_back(std::move(file));
}

void Checkpoint::open_shards(const fs::path& index) {
  const auto what = index.string();
  const auto document = parse_json(read_file(index, kMaxIndexBytes), what);
  const auto weight_map = JsonField(document, what)["weight_map"];
  std::map<std::string, std::set<std::string>> names_of_shard;
  for (const auto& member : weight_map.object()) {
    const auto shard = weight_map[member.key];
    require_plain_name(shard);
    names_of_shard[shard.string()].insert(member.key);
  }
  for (const auto& [shard, names] : names_of_shard) {
    auto file = SafetensorsFile::open(index.parent_path() / shard);
    for (const auto& name : names) {
      if (file.find(name) == nullptr) {
        fail(ErrorCode::kCheckpoint, what, ": expected ", name, " in ", shard, ", which does not hold it");
      }
    }
    for (const auto& entry : file.entries()) {
      if (!names.contains(entry.name)) {
        fail(ErrorCode::kCheckpoint, what, ": ", shard, " holds ", entry.name, ", which the index does not put there");
      }
    }
    add_file(std::move(file));
  }
}

const Checkpoint::Place* Checkpoint::find(std::string_view name) const {
  const auto at = places_.find(name);
  return at == places_.end() ? nullptr : &at->second;
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  names.reserve(places_.size());
  for (const auto& [name, place] : places_) names.push_back(name);
  return names;
}

const TensorEntry* Checkpoint::entry(std::string_view name) const {
  const auto* const place = find(name);
  return place == nullptr ? nullptr : files_[place->file].find(place->name);
}

at::Tensor Checkpoint::tensor(std::string_view name) const {
  const auto* const place = find(name);
  if (place == nullptr) {
    fail(ErrorCode::kCheckpoint, dir_, ": expected a tensor ", json_string(name), ", received none");
  }
  return files_[place->file].tensor(place->name);
}

void check_tensors(const Checkpoint& checkpoint, const ModelConfig& config) {
  TensorCheck check(config);
  for (const auto& name : checkpoint.names()) {
    const auto* const entry = checkpoint.entry(name);
    check.add(name, entry->shape, entry->dtype);
  }
  check.finish(ErrorCode::kCheckpoint, checkpoint.dir());
}

}  // namespace srvau
