#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace srvau {
namespace {

int64_t warmup_of(const Schedule& schedule) {
  if (schedule.warmup_steps > 0) return schedule.warmup_steps;
  return static_cast<int64_t>(std::ceil(static_cast<double>(schedule.total_steps) * schedule.warmup_ratio));
}

void check(const Schedule& schedule) {
  const auto within = [](double ratio, const char* field) {
    SRVAU_REQUIRE(ratio >= 0 && ratio <= 1, "schedule.", field, ": expected a number from 0 to 1, received ", ratio);
  };
  within(schedule.warmup_ratio, "warmup_ratio");
  within(schedule.min_ratio, "min_ratio");
  SRVAU_REQUIRE(schedule.warmup_steps >= 0, "schedule.warmup_steps: expected at least 0, received ",
                schedule.warmup_steps);
  const bool needs_total =
      schedule.kind != ScheduleKind::kConstant || (schedule.warmup_steps == 0 && schedule.warmup_ratio > 0);
  SRVAU_REQUIRE(!needs_total || schedule.total_steps > 0,
                "schedule.total_steps: expected at least 1 for this schedule, received ", schedule.total_steps);
}

}  // namespace

ScheduleKind parse_schedule_kind(std::string_view name) {
  if (name == "constant") return ScheduleKind::kConstant;
  if (name == "linear") return ScheduleKind::kLinear;
  if (name == "cosine") return ScheduleKind::kCosine;
  fail(ErrorCode::kInvalidArgument, "schedule.kind: expected \"constant\", \"linear\" or \"cosine\", received \"", name,
       "\"");
}

double learning_rate_multiplier(const Schedule& schedule, int64_t step) {
  check(schedule);
  SRVAU_REQUIRE(step >= 0, "step: expected at least 0, received ", step);
  const int64_t warmup = warmup_of(schedule);
  if (step < warmup) return static_cast<double>(step) / static_cast<double>(warmup);
  if (schedule.kind == ScheduleKind::kConstant) return 1;
  const auto falling = static_cast<double>(std::max<int64_t>(schedule.total_steps - warmup, 1));
  const double progress = std::min(static_cast<double>(step - warmup) / falling, 1.0);
  const double left =
      schedule.kind == ScheduleKind::kLinear ? 1 - progress : 0.5 * (1 + std::cos(std::numbers::pi * progress));
  return left * (1 - schedule.min_ratio) + schedule.min_ratio;
}

}  // namespace srvau
