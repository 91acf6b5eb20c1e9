#include "train/trainer_state.h"

#include <functional>
#include <optional>
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

/** A tensor of the state. */
struct Entry {
  std::string name;            // that it is stored under
  std::vector<int64_t> shape;  // float32
  int owner;                   // rank
  at::Tensor value;            // a view into the optimizer's; undefined where another rank has it
};

/**
 * Everything that is stored, slice by slice, the same list on all ranks. The step of a parameter is stored with each of
 * its slices.
 */
std::vector<Entry> entries_of(const ShardedAdamW& optimizer) {
  std::vector<Entry> entries;
  auto slot = optimizer.slots().begin();
  for (size_t i = 0; i < optimizer.parameters().size(); ++i) {
    const auto& parameter = optimizer.parameters()[i];
    const int owner = optimizer.owners()[i];
    const auto* const own = owner == optimizer.rank() ? &*slot++ : nullptr;
    const bool has_own_master = parameter.tensor.scalar_type() != at::kFloat;
    for (const auto& slice : parameter.slices) {
      const auto add = [&](const char* prefix, const std::vector<int64_t>& shape, auto&& value) {
        entries.push_back({prefix + slice.name, shape, owner, own ? value() : at::Tensor()});
      };
      add("exp_avg.", slice.shape, [&] { return Parameter::view(own->exp_avg, slice); });
      add("exp_avg_sq.", slice.shape, [&] { return Parameter::view(own->exp_avg_sq, slice); });
      add("step.", {}, [&] { return own->step; });
      if (has_own_master) add("master.", slice.shape, [&] { return Parameter::view(own->master, slice); });
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
  for (const auto& entry : entries) {
    expected.insert(entry.name);
    const auto* const found = file.find(entry.name);
    if (found == nullptr) {
      problems.add(entry.name + " is missing");
    } else if (found->shape != entry.shape || found->dtype != at::kFloat) {
      problems.add(c10::str(entry.name, ": expected ", at::IntArrayRef(entry.shape), " ", at::kFloat, ", received ",
                            at::IntArrayRef(found->shape), " ", found->dtype));
    }
  }
  for (const auto& entry : file.entries()) {
    if (!expected.contains(entry.name)) problems.add(entry.name + " is unexpected");
  }
  problems.finish(path);
}

/** What only shows in the values. */
void check_values(const SafetensorsFile& file, const ShardedAdamW& optimizer, const std::string& path) {
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

/** How rank 0 gets what the others have: it names an entry to its owner, which sends it, until it needs no more. */
class Fetch {
 public:
  Fetch(ProcessGroup& group, const std::vector<Entry>& entries) : group_(group), entries_(entries) {}

  /** On rank 0. */
  at::Tensor value_of(size_t index) const {
    const auto& entry = entries_[index];
    if (entry.value.defined()) return entry.value;
    ask(entry.owner, static_cast<int64_t>(index));
    const auto value = at::empty(entry.shape, at::TensorOptions().dtype(at::kFloat).device(group_.device()));
    group_.receive(value, entry.owner);
    return value;
  }
  void finish() const {
    for (int rank = 1; rank < group_.world_size(); ++rank) ask(rank, kNoMore);
  }

  /** On the others: returns when rank 0 needs no more. */
  void serve() const {
    const auto wanted = at::empty({1}, at::TensorOptions().dtype(at::kLong).device(group_.device()));
    while (true) {
      group_.receive(wanted, 0);
      const auto index = wanted.item<int64_t>();
      if (index == kNoMore) return;
      group_.send(entries_.at(static_cast<size_t>(index)).value, 0);
    }
  }

 private:
  static constexpr int64_t kNoMore = -1;

  void ask(int rank, int64_t index) const { group_.send(at::tensor({index}, at::kLong).to(group_.device()), rank); }

  ProcessGroup& group_;
  const std::vector<Entry>& entries_;
};

}  // namespace

void save_optimizer(const ShardedAdamW& optimizer, const std::string& path, const CancelPtr& cancel) {
  const auto entries = entries_of(optimizer);
  const auto write = [&](const std::function<at::Tensor(size_t)>& value_of) {
    std::vector<TensorSource> sources;
    for (size_t i = 0; i < entries.size(); ++i)
      sources.push_back({entries[i].name, at::kFloat, entries[i].shape, [&, i] { return value_of(i).detach(); }});
    write_safetensors(path, std::move(sources), {{"format", kFormat}, {"version", kVersion}});
  };
  auto* const group = optimizer.group();
  if (group == nullptr) return write([&](size_t i) { return entries[i].value; });
  group->together(
      "save the optimizer state",
      [&] {
        const Fetch fetch(*group, entries);
        if (group->rank() != 0) return fetch.serve();
        try {
          write([&](size_t i) { return fetch.value_of(i); });
        } catch (...) {
          fetch.finish();
          throw;
        }
        fetch.finish();
      },
      cancel);
}

void load_optimizer(ShardedAdamW& optimizer, const std::string& path, const CancelPtr& cancel) {
  std::optional<SafetensorsFile> file;
  const auto entries = entries_of(optimizer);
  const auto check = [&] {
    file = SafetensorsFile::open(path);
    check_header(*file, path);
    check_entries(*file, entries, path);
    check_values(*file, optimizer, path);
  };
  if (auto* const group = optimizer.group()) {
    group->together("load the optimizer state", check, cancel);
  } else {
    check();
  }
  at::NoGradGuard none;
  for (const auto& entry : entries) {
    if (entry.value.defined()) entry.value.copy_(file->tensor(entry.name));
  }
}

}  // namespace srvau
