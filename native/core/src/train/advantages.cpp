#include "train/advantages.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "train/grpo_loss.h"

namespace srvau {
namespace {

constexpr double kEpsilon = 1e-4;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/** Sums of equal rewards may differ by rounding. */
constexpr double kEqual = 1e-8;

/** Mean, standard deviation (Bessel) and range of some values; NaNs among them are left out. */
struct Moments {
  int64_t count = 0;
  double mean = kNan;
  double std = kNan;
  double range = 0;

  static Moments of(const std::vector<double>& values) {
    Moments m;
    double sum = 0, low = INFINITY, high = -INFINITY;
    for (const double x : values) {
      if (std::isnan(x)) continue;
      ++m.count;
      sum += x;
      low = std::min(low, x);
      high = std::max(high, x);
    }
    if (m.count == 0) return m;
    m.mean = sum / static_cast<double>(m.count);
    m.range = high - low;
    if (m.count == 1) return m;
    double squares = 0;
    for (const double x : values) {
      if (!std::isnan(x)) squares += (x - m.mean) * (x - m.mean);
    }
    m.std = std::sqrt(squares / static_cast<double>(m.count - 1));
    return m;
  }

  /** 0, exactly, where all are equal or alone. */
  double normalized(double x) const { return range > 0 ? (x - mean) / (std + kEpsilon) : 0; }
};

using Members = std::vector<std::vector<size_t>>;  // samples of each group

Members members_of(const std::vector<int64_t>& groups) {
  std::map<int64_t, size_t> places;
  Members members;
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto place = places.try_emplace(groups[i], members.size()).first->second;
    if (place == members.size()) members.emplace_back();
    members[place].push_back(i);
  }
  return members;
}

void check(const RewardMatrix& rewards) {
  const size_t components = rewards.weights.size(), samples = rewards.groups.size();
  SRVAU_REQUIRE(components > 0, "weights: expected at least one component, received none");
  SRVAU_REQUIRE(rewards.scores.size() == samples * components, "scores: expected ", samples, " samples x ", components,
                " components, received ", rewards.scores.size(), " values");
  for (size_t k = 0; k < components; ++k)
    SRVAU_REQUIRE(std::abs(rewards.weights[k]) <= kMostNumber, "weights[", k, "]: expected a number from ",
                  -kMostNumber, " to ", kMostNumber, ", received ", rewards.weights[k]);
  for (size_t i = 0; i < rewards.scores.size(); ++i)
    SRVAU_REQUIRE(!(std::abs(rewards.scores[i]) > kMostNumber), "scores[", i / components, "][", i % components,
                  "]: expected a number from ", -kMostNumber, " to ", kMostNumber,
                  ", or NaN to abstain, received ", rewards.scores[i]);
}

std::vector<double> pick(const std::vector<double>& values, const std::vector<size_t>& members) {
  std::vector<double> picked;
  for (const auto i : members) picked.push_back(values[i]);
  return picked;
}

/** One reward for each sample, NaN where every component abstained. */
std::vector<double> combine(const RewardMatrix& rewards, const std::vector<std::vector<double>>& columns,
                            const Members& groups, RewardAggregation aggregation) {
  std::vector<double> sums(rewards.groups.size(), kNan);
  for (size_t k = 0; k < columns.size(); ++k) {
    for (const auto& group : groups) {
      const auto moments = Moments::of(pick(columns[k], group));
      for (const auto i : group) {
        const double score = columns[k][i];
        if (std::isnan(score)) continue;
        const double value = aggregation == RewardAggregation::kNormalizeThenSum ? moments.normalized(score) : score;
        sums[i] = (std::isnan(sums[i]) ? 0 : sums[i]) + rewards.weights[k] * value;
      }
    }
  }
  return sums;
}

}  // namespace

Advantages group_advantages(const RewardMatrix& rewards, const AdvantageOptions& options) {
  check(rewards);
  const size_t samples = rewards.groups.size(), components = rewards.weights.size();
  const auto groups = members_of(rewards.groups);
  std::vector<std::vector<double>> columns(components);
  for (size_t i = 0; i < rewards.scores.size(); ++i) columns[i % components].push_back(rewards.scores[i]);

  Advantages result;
  for (const auto& column : columns) {
    const auto moments = Moments::of(column);
    result.components.push_back({moments.mean, moments.std, moments.count});
  }

  const bool normalized = options.aggregation == RewardAggregation::kNormalizeThenSum;
  const auto scale = options.scale.value_or(normalized ? AdvantageScale::kNone : AdvantageScale::kGroup);
  const auto combined = combine(rewards, columns, groups, options.aggregation);
  const auto whole = Moments::of(combined);
  result.values.assign(samples, 0);
  size_t without_variance = 0;
  for (const auto& group : groups) {
    const auto moments = Moments::of(pick(combined, group));
    const bool varies = moments.range > kEqual;
    if (!varies) ++without_variance;
    for (const auto i : group) {
      if (std::isnan(combined[i])) continue;
      if (normalized && scale == AdvantageScale::kBatch) {
        result.values[i] = whole.normalized(combined[i]);
        continue;
      }
      if (!varies) continue;
      const double distance = combined[i] - moments.mean;
      if (scale == AdvantageScale::kNone) result.values[i] = distance;
      if (scale == AdvantageScale::kGroup) result.values[i] = distance / (moments.std + kEpsilon);
      if (scale == AdvantageScale::kBatch) result.values[i] = distance / (whole.std + kEpsilon);
    }
  }
  result.zero_variance_rate =
      groups.empty() ? 0 : static_cast<double>(without_variance) / static_cast<double>(groups.size());
  return result;
}

double soft_overlong_penalty(int64_t tokens, int64_t max_tokens, int64_t soft_tokens) {
  SRVAU_REQUIRE(soft_tokens > 0 && soft_tokens <= max_tokens, "soft_tokens: expected from 1 to max_tokens, which is ",
                max_tokens, ", received ", soft_tokens);
  const auto over = static_cast<double>(tokens - (max_tokens - soft_tokens));
  return -std::clamp(over / static_cast<double>(soft_tokens), 0.0, 1.0);
}

}  // namespace srvau
