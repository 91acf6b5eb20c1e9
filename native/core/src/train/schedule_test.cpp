#include "train/schedule.h"

#include <cmath>

#include "base/testing.h"

using namespace srvau;

namespace {

bool near(double a, double b) { return std::abs(a - b) <= 1e-12; }

}  // namespace

TEST(a_constant_rate_warms_up_and_stays) {
  const Schedule schedule{.kind = ScheduleKind::kConstant, .warmup_steps = 4};
  EXPECT_EQ(learning_rate_multiplier(schedule, 0), 0.0);
  EXPECT_EQ(learning_rate_multiplier(schedule, 3), 0.75);
  EXPECT_EQ(learning_rate_multiplier(schedule, 4), 1.0);
  EXPECT_EQ(learning_rate_multiplier(schedule, 1000), 1.0);
  EXPECT_EQ(learning_rate_multiplier({}, 0), 1.0);
}

// Values of get_linear_schedule_with_warmup(2, 10) of transformers.
TEST(a_linear_rate_reaches_its_minimum_at_the_last_step) {
  Schedule schedule{.kind = ScheduleKind::kLinear, .total_steps = 10, .warmup_steps = 2};
  EXPECT_EQ(learning_rate_multiplier(schedule, 1), 0.5);
  EXPECT_EQ(learning_rate_multiplier(schedule, 2), 1.0);
  EXPECT(near(learning_rate_multiplier(schedule, 5), 0.625));
  EXPECT_EQ(learning_rate_multiplier(schedule, 10), 0.0);
  EXPECT_EQ(learning_rate_multiplier(schedule, 12), 0.0);
  schedule.min_ratio = 0.2;
  EXPECT(near(learning_rate_multiplier(schedule, 5), 0.7));
  EXPECT_EQ(learning_rate_multiplier(schedule, 12), 0.2);
}

// Values of get_cosine_with_min_lr_schedule_with_warmup(3, 20, min_lr_rate=0.1) of transformers.
TEST(a_cosine_rate_follows_half_a_period) {
  const Schedule schedule{.kind = ScheduleKind::kCosine, .total_steps = 20, .warmup_ratio = 0.15, .min_ratio = 0.1};
  EXPECT(near(learning_rate_multiplier(schedule, 1), 1.0 / 3));
  EXPECT_EQ(learning_rate_multiplier(schedule, 3), 1.0);
  EXPECT(near(learning_rate_multiplier(schedule, 7), 0.8825540127492966));
  EXPECT(near(learning_rate_multiplier(schedule, 16), 0.21744598725070347));
  EXPECT(near(learning_rate_multiplier(schedule, 20), 0.1));
  EXPECT(near(learning_rate_multiplier(schedule, 25), 0.1));
}

TEST(schedules_that_cannot_be_are_refused_by_name) {
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "total_steps: expected at least 1",
               learning_rate_multiplier({.kind = ScheduleKind::kLinear}, 0));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "total_steps", learning_rate_multiplier({.warmup_ratio = 0.1}, 0));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "warmup_steps", learning_rate_multiplier({.warmup_steps = -1}, 0));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "min_ratio", learning_rate_multiplier({.min_ratio = NAN}, 0));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "step: expected at least 0", learning_rate_multiplier({}, -1));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "received \"polynomial\"", parse_schedule_kind("polynomial"));
  EXPECT(parse_schedule_kind("cosine") == ScheduleKind::kCosine);
}

SRVAU_TEST_MAIN()
