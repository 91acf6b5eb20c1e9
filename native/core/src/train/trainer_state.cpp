#include "train/trainer_state.h"

#include <set>
#include <vector>

#include <ATen/core/grad_mode.h>

#include "base/error.h"
#include "checkpoint/safetensors.h"

namespace srvau {
namespace {

constexpr const char* kFormat = "srvau-optimizer";
constexpr const char* kVersion = "1";
constexpr size_t kNamed = 8;

/** A tensor of the state and the name it is stored under. */
struct Entry {
  std::string name;
  at::Tensor value;  // a view into the optimizer's
};

/** Everything that is stored, slice by slice. `steps` of a parameter are stored with each of its slices. */
std::vector<Entry> entries_of(const AdamW& optimizer) {
  std::vector<Entry> entries;
  for (const auto& slot : optimizer.slots()) {
    for (const auto& slice : slot.parameter.slices) {
      entries.push_back({"exp_avg." + slice.name, Parameter::view(slot.exp_avg, slice)});
      entries.push_back({"exp_avg_sq." + slice.name, Parameter::view(slot.exp_avg_sq, slice)});
      entries.push_back({"step." + slice.name, slot.step});
      if (slot.has_own_master()) entries.push_back({"master." + slice.name, Parameter::view(slot.master, slice)});
    }
  }
  return entries;
}

class Problems {
 public:
  void add(const std::string& problem) {
    if (count_ < kNamed) text_ += (count_ == 0 ? "" : "; ") + problem;
    ++count_;
  }
  void finish(const std::string& path) const {
    if (count_ == 0) return;
    fail(ErrorCode::kCheckpoint, path, ": expected the optimizer state of this model, received ", count_,
         " tensors that do not fit: ", text_, count_ > kNamed ? "; …" : "");
  }

 private:
  size_t count_ = 0;
  std::string text_;
};

void check_header(const SafetensorsFile& file, const std::string& path) {
  const auto value_of = [&](const char* key) {
    const auto at = file.metadata().find(key);
    return at == file.metadata().end() ? std::string("none") : at->second;
  };
  if (value_of("format") != kFormat)
    fail(ErrorCode::kCheckpoint, path, ": expected the format ", kFormat, ", received ", value_of("format"));
  if (value_of("version") != kVersion)
    fail(ErrorCode::kCheckpoint, path, ": expected version ", kVersion, " of the format, received ",
         value_of("version"));
}

void check_entries(const SafetensorsFile& file, const std::vector<Entry>& entries, const std::string& path) {
  Problems problems;
  std::set<std::string> expected;
  for (const auto& [name, value] : entries) {
    expected.insert(name);
    const auto* const found = file.find(name);
    if (found == nullptr) {
      problems.add(name + " is missing");
    } else if (at::IntArrayRef(found->shape) != value.sizes() || found->dtype != value.scalar_type()) {
      problems.add(c10::str(name, ": expected ", value.sizes(), " ", value.scalar_type(), ", received ",
                            at::IntArrayRef(found->shape), " ", found->dtype));
    }
  }
  for (const auto& entry : file.entries()) {
    if (!expected.contains(entry.name)) problems.add(entry.name + " is unexpected");
  }
  problems.finish(path);
}

/** What only shows in the values. */
void check_values(const SafetensorsFile& file, const AdamW& optimizer, const std::string& path) {
  Problems problems;
  for (const auto& slot : optimizer.slots()) {
    const auto& slices = slot.parameter.slices;
    const auto step = file.tensor("step." + slices.front().name).item<float>();
    for (const auto& slice : slices) {
      const auto own = file.tensor("step." + slice.name).item<float>();
      if (own != step || !(own >= 0))
        problems.add(c10::str("step.", slice.name, ": expected ", step >= 0 ? step : 0, ", received ", own));
      if (!slot.has_own_master()) continue;
      const auto weight = Parameter::view(slot.parameter.tensor, slice);
      if (!at::equal(file.tensor("master." + slice.name).to(weight.options()), weight.detach()))
        problems.add("master." + slice.name + " rounds to another weight than the model's");
    }
  }
  problems.finish(path);
}

}  // namespace

void save_optimizer(const AdamW& optimizer, const std::string& path) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, value] : entries_of(optimizer)) tensors.push_back({name, value.detach()});
  write_safetensors(path, tensors, {{"format", kFormat}, {"version", kVersion}});
}

void load_optimizer(AdamW& optimizer, const std::string& path) {
  const auto file = SafetensorsFile::open(path);
  const auto entries = entries_of(optimizer);
  check_header(file, path);
  check_entries(file, entries, path);
  check_values(file, optimizer, path);
  at::NoGradGuard none;
  for (const auto& [name, value] : entries) value.copy_(file.tensor(name));
}

}  // namespace srvau
