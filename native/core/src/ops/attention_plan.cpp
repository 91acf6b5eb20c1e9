#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "ops/attention.h"
#include "ops/varlen.h"

namespace srvau::ops {
namespace {

void check(const std::vector<Segment>& segments, int64_t tokens) {
  std::vector<Segment> ordered = segments;
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  int64_t next = 0;
  for (const auto& s : ordered) {
    SRVAU_REQUIRE(s.length >= 1 && s.start == next,
                  "segments: expected runs that follow each other from row 0, received a run of ", s.length, " at row ",
                  s.start, " where ", next, " was next");
    next += s.length;
  }
  SRVAU_REQUIRE(next == tokens, "segments: expected to cover ", tokens, " rows, received ", next);
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto prefix = segments[i].prefix;
    SRVAU_REQUIRE(prefix < static_cast<int64_t>(i) && (prefix < 0 || segments[prefix].prefix < 0), "segments[", i,
                  "].prefix: expected -1 or an earlier segment without a prefix, received ", prefix);
  }
}

}  // namespace

std::shared_ptr<const AttentionPlan> AttentionPlan::make(std::vector<Segment> segments, bool causal,
                                                         at::Device device) {
  auto plan = std::make_shared<AttentionPlan>();
  plan->causal_ = causal;
  for (const auto& s : segments) plan->tokens_ += s.length;
  check(segments, plan->tokens_);

  // Prefix index first: those without one, -1, come first.
  std::map<std::pair<int64_t, int64_t>, std::vector<int64_t>> groups;
  for (const auto& s : segments) groups[{s.prefix, s.length}].push_back(s.start);
  for (auto& [shape, starts] : groups) {
    const auto [prefix, length] = shape;
    std::sort(starts.begin(), starts.end());
    Bucket bucket{.count = static_cast<int64_t>(starts.size()), .length = length, .rows = {}};
    if (prefix >= 0) {
      bucket.prefix_start = segments[prefix].start;
      bucket.prefix_length = segments[prefix].length;
    }
    if (starts.back() - starts.front() == (bucket.count - 1) * length) {
      bucket.start = starts.front();
    } else {
      const auto first = at::tensor(starts, at::kLong).unsqueeze(1);    // (count, 1)
      bucket.rows = (first + at::arange(length)).flatten().to(device);  // (count * length)
    }
    plan->buckets_.push_back(std::move(bucket));
  }
  if (device.is_cuda()) plan->varlen_ = std::make_shared<const Varlen>(segments, plan->tokens_, device);
  plan->segments_ = std::move(segments);
  return plan;
}

std::shared_ptr<const AttentionPlan> AttentionPlan::of_lengths(const std::vector<int64_t>& lengths, bool causal,
                                                               at::Device device) {
  std::vector<Segment> segments;
  int64_t start = 0;
  for (const auto length : lengths) {
    segments.push_back({start, length});
    start += length;
  }
  return make(std::move(segments), causal, device);
}

}  // namespace srvau::ops
