#include "train/micro_batches.h"

#include <numeric>

#include "base/error.h"

namespace srvau {
namespace {

class Planner {
 public:
  explicit Planner(int64_t max_tokens) : max_tokens_(max_tokens) {}

  void add(const GroupLengths& group, size_t index) {
    if (group.completions.empty()) return;
    const int64_t all = std::accumulate(group.completions.begin(), group.completions.end(), group.prompt);
    if (!fits(all)) close();
    if (fits(all)) {
      open_.push_back({index, 0, group.completions.size()});
      tokens_ += all;
      return;
    }
    for (size_t i = 0; i < group.completions.size(); ++i) {
      const bool begins = open_.empty();
      const int64_t more = group.completions[i] + (begins ? group.prompt : 0);
      if (begins || !fits(more)) {
        close();
        open_.push_back({index, i, 0});
        tokens_ = group.prompt;
      }
      ++open_.back().count;
      tokens_ += group.completions[i];
    }
  }

  std::vector<MicroBatch> finish() {
    close();
    return std::move(batches_);
  }

 private:
  bool fits(int64_t more) const { return max_tokens_ == 0 || tokens_ + more <= max_tokens_; }

  void close() {
    if (!open_.empty()) batches_.push_back(std::move(open_));
    open_.clear();
    tokens_ = 0;
  }

  int64_t max_tokens_;
  int64_t tokens_ = 0;
  MicroBatch open_;
  std::vector<MicroBatch> batches_;
};

}  // namespace

std::vector<MicroBatch> plan_micro_batches(const std::vector<GroupLengths>& groups, int64_t max_tokens) {
  SRVAU_REQUIRE(max_tokens >= 0, "max_tokens: expected at least 0, received ", max_tokens);
  Planner planner(max_tokens);
  for (size_t i = 0; i < groups.size(); ++i) planner.add(groups[i], i);
  return planner.finish();
}

}  // namespace srvau
