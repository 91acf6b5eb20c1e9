#pragma once

#include <cstdint>
#include <string_view>

namespace srvau {

/** How the learning rate goes on after the warm-up, in which it rises linearly from 0. */
enum class ScheduleKind {
  kConstant,
  kLinear,  // falls linearly, to `min_ratio` at the last step
  kCosine,  // falls along half a period of a cosine, to `min_ratio` at the last step
};

/** @param name "constant", "linear" or "cosine". @throws Error INVALID_ARGUMENT for any other. */
ScheduleKind parse_schedule_kind(std::string_view name);

struct Schedule {
  ScheduleKind kind = ScheduleKind::kConstant;
  /** Optimizer steps of the whole run, warm-up included. Not looked at for a constant rate without warmup_ratio. */
  int64_t total_steps = 0;
  int64_t warmup_steps = 0;
  /** Where warmup_steps is 0: the warm-up as a part of total_steps, rounded up; in [0, 1]. */
  double warmup_ratio = 0;
  /** Of the full rate, in [0, 1]; not looked at for a constant rate. */
  double min_ratio = 0;
};

/**
 * What the learning rate is to be multiplied with at a step, in [0, 1]: the formulas of the get_*_schedule_with_warmup
 * of transformers. Steps beyond total_steps stay at min_ratio.
 *
 * @param step optimizer steps done before this one, from 0
 * @throws Error INVALID_ARGUMENT naming the field.
 */
double learning_rate_multiplier(const Schedule& schedule, int64_t step);

}  // namespace srvau
