#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "checkpoint/checkpoint.h"
#include "model/parameters.h"

namespace srvau {

/** Far above what anybody trains with: beyond it one step ends what was learned, or leaves float32. */
constexpr double kMaxLearningRate = 1, kMaxWeightDecay = 100;

struct AdamWOptions {
  double beta1 = 0.9;    // in [0, 1)
  double beta2 = 0.999;  // in [0, 1)
  double eps = 1e-8;     // in (0, 1]
  /** Decoupled; of parameters that decay (Parameter::decays). From 0 to kMaxWeightDecay. */
  double weight_decay = 0;
};

/** From 0 to kMaxLearningRate. @throws Error INVALID_ARGUMENT */
void check_learning_rate(double learning_rate);

/**
 * AdamW with state in float. Float parameters are updated in place. bfloat16 ones are roundings of float masters: steps
 * too small for bfloat16 add up in these.
 */
class AdamW {
 public:
  /** Of one parameter; all float, of its shape and on its device. */
  struct Slot {
    Parameter parameter;
    at::Tensor master;      // the parameter itself where that is float
    at::Tensor exp_avg;     // first moment
    at::Tensor exp_avg_sq;  // second moment
    at::Tensor step;        // (): updates so far
    bool has_own_master() const { return !master.is_same(parameter.tensor); }
  };

  /** @throws Error INVALID_ARGUMENT naming an option out of its range. */
  AdamW(const std::vector<Parameter>& parameters, const AdamWOptions& options);

  /**
   * Reads masters in a precision that the parameters have lost from the checkpoint that these came from.
   * @throws Error CHECKPOINT when that one rounds to something else.
   */
  void load_masters(const Checkpoint& checkpoint);

  /**
   * @param gradients one for each parameter, in float. A parameter without one (undefined) is left as it is, not even
   *   decayed.
   */
  void step(const std::vector<at::Tensor>& gradients, double learning_rate);

  const std::vector<Slot>& slots() const { return slots_; }

 private:
  std::vector<Slot> slots_;
  AdamWOptions options_;
};

}  // namespace srvau
