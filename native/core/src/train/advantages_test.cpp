#include "train/advantages.h"

#include <cmath>

#include "base/testing.h"
#include "train/grpo_reference.h"

using namespace srvau;
using srvau::testing::grpo_reference;
using srvau::testing::numbers;

namespace {

constexpr double kAbstain = NAN;

bool near(double a, double b, double tolerance = 1e-6) {
  if (std::isnan(b)) return std::isnan(a);  // too few scores
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

AdvantageScale scale_of(const std::string& name) {
  return name == "none" ? AdvantageScale::kNone : name == "batch" ? AdvantageScale::kBatch : AdvantageScale::kGroup;
}

}  // namespace

TEST(advantages_are_those_of_trl) {
  for (const auto& reference : JsonField(grpo_reference(), "grpo.json")["advantages"].items()) {
    const auto options = reference["options"];
    RewardMatrix rewards{.scores = {}, .weights = numbers(options["weights"]), .groups = {}};
    const auto rows = reference["rewards"].items();
    for (size_t i = 0; i < rows.size(); ++i) {
      for (const double score : numbers(rows[i])) rewards.scores.push_back(score);
      rewards.groups.push_back(static_cast<int64_t>(i) / options["num_generations"].integer(1, 99));
    }
    // What TRL calls normalize_then_sum ends with the batch's mean and deviation whatever scale_rewards says.
    const bool sum_first = options["aggregation"].string() == "sum_then_normalize";
    const auto scale = sum_first ? scale_of(options["scale_rewards"].string()) : AdvantageScale::kBatch;
    const auto result = group_advantages(
        rewards, {sum_first ? RewardAggregation::kSumThenNormalize : RewardAggregation::kNormalizeThenSum, scale});
    const auto expected = numbers(reference["advantages"]);
    EXPECT_EQ(result.values.size(), expected.size());
    // TRL computes in float32: where all are equal its rounding leaves 1e-8.
    for (size_t i = 0; i < expected.size(); ++i) EXPECT(near(result.values[i], expected[i]));
    const auto metric = [&](const std::string& name) {
      const auto value = reference["metrics"][name];
      return value.given() ? value.number() : NAN;
    };
    for (size_t k = 0; k < rewards.weights.size(); ++k) {
      EXPECT(near(result.components[k].mean, metric(c10::str("rewards/reward_", k, "/mean"))));
      EXPECT(near(result.components[k].std, metric(c10::str("rewards/reward_", k, "/std"))));
    }
    // Of groups with fewer than two scores TRL has none.
    const double equal = metric("frac_reward_zero_std");
    if (scale != AdvantageScale::kBatch && !std::isnan(equal)) EXPECT(near(result.zero_variance_rate, equal));
  }
}

TEST(one_component_is_the_same_in_both_orders) {
  const RewardMatrix rewards{{1, 0, 0.5, 0.25, 3, 3, 2, 7}, {1}, {4, 4, 4, 4, 9, 9, 9, 9}};
  const auto a = group_advantages(rewards, {});
  const auto b = group_advantages(rewards, {.aggregation = RewardAggregation::kSumThenNormalize});
  for (size_t i = 0; i < a.values.size(); ++i) EXPECT(near(a.values[i], b.values[i], 1e-12));
}

TEST(a_component_equal_over_the_group_contributes_nothing) {
  // 0.1 + 0.1 + 0.1 is not 0.3: a mean of equals differs from them by rounding, which 1e-4 would blow up.
  const RewardMatrix both{{0.1, 1, 0.1, 0, 0.1, 0.5}, {1, 2}, {0, 0, 0}};
  const RewardMatrix one{{1, 0, 0.5}, {2}, {0, 0, 0}};
  EXPECT(group_advantages(both, {}).values == group_advantages(one, {}).values);
  const auto nothing = group_advantages({{0.1, 0.1, 0.1}, {1}, {0, 0, 0}}, {});
  EXPECT(nothing.values == std::vector<double>(3, 0.0));
  EXPECT_EQ(nothing.zero_variance_rate, 1.0);
}

TEST(a_group_from_which_a_component_abstains_leaves_it_out) {
  const RewardMatrix with{{1, kAbstain, 0, kAbstain, 0, 5, 1, 7}, {1, 1}, {0, 0, 1, 1}};
  const auto result = group_advantages(with, {});
  const auto alone = group_advantages({{1, 0}, {1}, {0, 0}}, {});
  EXPECT_EQ(result.values[0], alone.values[0]);
  EXPECT_EQ(result.values[1], alone.values[1]);
  EXPECT_EQ(result.components[1].scored, 2);
  EXPECT_EQ(result.components[1].mean, 6.0);
}

TEST(a_sample_from_which_all_abstain_has_no_advantage_and_moves_no_other) {
  for (const auto aggregation : {RewardAggregation::kNormalizeThenSum, RewardAggregation::kSumThenNormalize}) {
    const auto with = group_advantages({{1, 0, kAbstain, 0.5}, {1}, {0, 0, 0, 0}}, {.aggregation = aggregation});
    const auto without = group_advantages({{1, 0, 0.5}, {1}, {0, 0, 0}}, {.aggregation = aggregation});
    EXPECT_EQ(with.values[2], 0.0);
    EXPECT_EQ(with.values[0], without.values[0]);
    EXPECT_EQ(with.values[3], without.values[2]);
  }
  const auto nobody = group_advantages({{kAbstain, kAbstain}, {1}, {0, 0}}, {});
  EXPECT(nobody.values == std::vector<double>(2, 0.0));
  EXPECT(std::isnan(nobody.components[0].mean));
}

TEST(the_order_of_samples_does_not_matter) {
  const auto sorted = group_advantages({{1, 0, 3, 2}, {1}, {0, 0, 1, 1}}, {});
  const auto mixed = group_advantages({{1, 3, 0, 2}, {1}, {0, 1, 0, 1}}, {});
  EXPECT_EQ(mixed.values[0], sorted.values[0]);
  EXPECT_EQ(mixed.values[1], sorted.values[2]);
  EXPECT_EQ(mixed.values[2], sorted.values[1]);
}

TEST(rewards_that_cannot_be_are_refused_by_name) {
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "weights: expected at least one", group_advantages({{}, {}, {}}, {}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected 2 samples x 2 components, received 3",
               group_advantages({{1, 2, 3}, {1, 1}, {0, 0}}, {}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "scores[1][0]: expected a number from -1e+09 to 1e+09",
               group_advantages({{1, INFINITY}, {1}, {0, 0}}, {}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "weights[0]", group_advantages({{1, 1}, {NAN}, {0, 0}}, {}));
}

TEST(the_overlong_penalty_is_that_of_trl) {
  const auto reference = JsonField(grpo_reference(), "grpo.json")["overlong"];
  const auto lengths = numbers(reference["lengths"]), scores = numbers(reference["scores"]);
  for (size_t i = 0; i < lengths.size(); ++i) {
    EXPECT_EQ(soft_overlong_penalty(static_cast<int64_t>(lengths[i]), reference["max_completion_length"].integer(1, 99),
                                    reference["soft_cache"].integer(1, 99)),
              scores[i]);
  }
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "soft_tokens", soft_overlong_penalty(1, 10, 11));
}

SRVAU_TEST_MAIN()
