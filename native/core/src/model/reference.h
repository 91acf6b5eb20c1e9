#pragma once

// For tests: the committed references of tests/reference/native, made by tools/oracle/model.py (README.md there).

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/testing.h"
#include "checkpoint/safetensors.h"
#include "config/json.h"
#include "model/batch.h"

namespace srvau::testing {

struct ReferenceSequence {
  Prompt prompt;                // all of its ids
  std::vector<double> weights;  // of each id as a target
};

/** One folder of references. */
class Reference {
 public:
  explicit Reference(const std::string& name)
      : dir_(root() / name),
        inputs_(parse("inputs.json")),
        expected_(SafetensorsFile::open(dir_ / "expected.safetensors")) {
    const JsonField root(inputs_, "inputs.json");
    mrope_ = parse_mrope_variant(root["mrope"].string());
    for (const auto& id : root["forbidden_tokens"].items()) forbidden_.push_back(id.integer(0, 1 << 20));
    at::Tensor pixels;
    if (std::filesystem::exists(dir_ / "inputs.safetensors"))
      pixels = SafetensorsFile::open(dir_ / "inputs.safetensors").tensor("pixel_values").to(at::kFloat);
    int64_t row = 0;
    for (const auto& entry : root["sequences"].items()) {
      ReferenceSequence sequence;
      for (const auto& id : entry["ids"].items()) sequence.prompt.ids.push_back(id.integer(0, 1 << 20));
      for (const auto& weight : entry["weights"].items()) sequence.weights.push_back(weight.number());
      for (const auto& vision : entry["vision"].items()) {
        const auto sides = vision["grid"].items();
        VisionSpan span{
            vision["kind"].string() == "video",
            {sides[0].integer(1, 99), sides[1].integer(1, 99), sides[2].integer(1, 99)},
            vision["second_per_grid"].given() ? static_cast<float>(vision["second_per_grid"].number()) : 0.F};
        sequence.prompt.clips.push_back(
            std::make_shared<const Clip>(Clip{span, pixels.narrow(0, row, span.grid.patches())}));
        row += span.grid.patches();
      }
      sequences_.push_back(std::move(sequence));
    }
  }

  static std::filesystem::path root() { return references() / "native"; }
  static std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(root())) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

  std::string checkpoint() const { return dir_.string(); }
  const std::vector<ReferenceSequence>& sequences() const { return sequences_; }
  /** Each sequence as a prompt without completions. */
  std::vector<PromptGroup> groups() const {
    std::vector<PromptGroup> all;
    for (const auto& sequence : sequences_) all.push_back({sequence.prompt, {}});
    return all;
  }
  MropeVariant mrope() const { return mrope_; }
  const std::vector<int64_t>& forbidden() const { return forbidden_; }
  at::Tensor expected(const std::string& name) const { return expected_.tensor(name); }
  bool has(const std::string& name) const { return expected_.find(name) != nullptr; }
  const SafetensorsFile& all_expected() const { return expected_; }
  /** Of inputs.json. */
  JsonField inputs() const { return JsonField(inputs_, "inputs.json"); }
  JsonValue parse(const std::string& file) const { return parse_json(read_file(dir_ / file, 1 << 24), file); }

 private:
  std::filesystem::path dir_;
  JsonValue inputs_;
  SafetensorsFile expected_;
  std::vector<ReferenceSequence> sequences_;
  std::vector<int64_t> forbidden_;
  MropeVariant mrope_ = MropeVariant::kTransformers457;
};

}  // namespace srvau::testing
