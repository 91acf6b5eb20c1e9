#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace srvau {

/** How several reward components become one. */
enum class RewardAggregation {
  kNormalizeThenSum,  // each component is normalised within its group, then weighted and summed
  kSumThenNormalize,  // the weighted sum is normalised
};

/** What the distance from the group's mean is divided by: a standard deviation + 1e-4, or nothing. */
enum class AdvantageScale { kNone, kGroup, kBatch };

/** Scores of all samples of a step. */
struct RewardMatrix {
  /** (samples, components), row by row; NaN where a component abstained. */
  std::vector<double> scores;
  /** One for each component, in their order. */
  std::vector<double> weights;
  /** One for each sample: samples of equal id answer the same prompt. Any ids, in any order. */
  std::vector<int64_t> groups;
};

struct AdvantageOptions {
  RewardAggregation aggregation = RewardAggregation::kNormalizeThenSum;
  /** Unset: none after kNormalizeThenSum, whose components have been scaled already; otherwise the group's. */
  std::optional<AdvantageScale> scale;
};

/** Of the scores given, over the whole batch. NaN where there are too few: none for the mean, one for the deviation. */
struct ComponentStats {
  double mean;
  double std;  // with Bessel's correction
  int64_t scored;
};

struct Advantages {
  /** One for each sample, mean 0 in each group unless the scale is kBatch with kNormalizeThenSum. */
  std::vector<double> values;
  std::vector<ComponentStats> components;
  /** Part of the groups whose members all got the same, and so bring no gradient. */
  double zero_variance_rate;
};

/**
 * Group-relative advantages.
 *
 * A component normalised is (score - mean) / (std + 1e-4) over those of its group that it scored, std with Bessel's
 * correction; where they are all equal it is 0. A component that abstained from a sample adds nothing to its sum; a
 * sample from which all abstained takes no part in any mean and has advantage 0.
 *
 * With kSumThenNormalize, and with kNormalizeThenSum at scale kBatch (which subtracts the batch's mean too), these are
 * TRL's `sum_then_normalize` and `normalize_then_sum`.
 *
 * @throws Error INVALID_ARGUMENT: sizes that do not fit together, a weight that is not finite, an infinite score.
 */
Advantages group_advantages(const RewardMatrix& rewards, const AdvantageOptions& options);

/**
 * DAPO's penalty for length, to be added to a reward: 0 up to max_tokens - soft_tokens, from there falling linearly to
 * -1 at max_tokens, and -1 beyond.
 */
double soft_overlong_penalty(int64_t tokens, int64_t max_tokens, int64_t soft_tokens);

}  // namespace srvau
