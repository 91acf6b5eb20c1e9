#include "train/optimizer.h"

#include <cmath>

#include <ATen/core/grad_mode.h>

#include "base/error.h"

namespace srvau {
namespace {

void check(const AdamWOptions& options) {
  const auto is_beta = [](double beta) { return beta >= 0 && beta < 1; };
  SRVAU_REQUIRE(is_beta(options.beta1), "beta1: expected a number from 0 to below 1, received ", options.beta1);
  SRVAU_REQUIRE(is_beta(options.beta2), "beta2: expected a number from 0 to below 1, received ", options.beta2);
  SRVAU_REQUIRE(options.eps > 0 && options.eps <= 1, "eps: expected a number above 0 and up to 1, received ",
                options.eps);
  SRVAU_REQUIRE(options.weight_decay >= 0 && options.weight_decay <= kMaxWeightDecay,
                "weight_decay: expected a number from 0 to ", kMaxWeightDecay, ", received ", options.weight_decay);
}

}  // namespace

void check_learning_rate(double learning_rate) {
  SRVAU_REQUIRE(learning_rate >= 0 && learning_rate <= kMaxLearningRate, "learning_rate: expected a number from 0 to ",
                kMaxLearningRate, ", received ", learning_rate);
}

AdamW::AdamW(const std::vector<Parameter>& parameters, const AdamWOptions& options) : options_(options) {
  check(options);
  at::NoGradGuard none;
  for (const auto& parameter : parameters) {
    const auto value = parameter.tensor.detach();
    Slot slot{parameter, parameter.tensor, {}, {}, {}};
    if (value.scalar_type() != at::kFloat) slot.master = value.to(at::kFloat);
    const auto state = value.options().dtype(at::kFloat);
    slot.exp_avg = at::zeros(value.sizes(), state);
    slot.exp_avg_sq = at::zeros(value.sizes(), state);
    slot.step = at::zeros({}, state);
    slots_.push_back(std::move(slot));
  }
}

void AdamW::load_masters(const Checkpoint& checkpoint) {
  at::NoGradGuard none;
  for (auto& slot : slots_) {
    for (const auto& slice : slot.parameter.slices) {
      const auto source = checkpoint.tensor(slice.name);
      const auto weight = Parameter::view(slot.parameter.tensor, slice);
      if (source.sizes() != weight.sizes() || !at::equal(source.to(weight.options()), weight.detach()))
        fail(ErrorCode::kCheckpoint, checkpoint.dir(), ": ", slice.name,
             ": expected what the model was loaded from, received other values");
      if (slot.has_own_master()) Parameter::view(slot.master, slice).copy_(source);
    }
  }
}

void AdamW::step(const std::vector<at::Tensor>& gradients, double learning_rate) {
  SRVAU_REQUIRE(gradients.size() == slots_.size(), "gradients: expected ", slots_.size(), ", received ",
                gradients.size());
  check_learning_rate(learning_rate);
  at::NoGradGuard none;
  for (const bool decays : {true, false}) {
    std::vector<at::Tensor> masters, grads, exp_avgs, exp_avg_sqs, steps, rounded, exact;
    for (size_t i = 0; i < slots_.size(); ++i) {
      const auto& slot = slots_[i];
      if (slot.parameter.decays != decays || !gradients[i].defined()) continue;
      masters.push_back(slot.master);
      grads.push_back(gradients[i]);
      exp_avgs.push_back(slot.exp_avg);
      exp_avg_sqs.push_back(slot.exp_avg_sq);
      steps.push_back(slot.step);
      if (!slot.has_own_master()) continue;
      rounded.push_back(slot.parameter.tensor);
      exact.push_back(slot.master);
    }
    if (masters.empty()) continue;
    at::_foreach_add_(steps, 1);
    at::_fused_adamw_(masters, grads, exp_avgs, exp_avg_sqs, /*max_exp_avg_sqs=*/{}, steps, learning_rate,
                      options_.beta1, options_.beta2, decays ? options_.weight_decay : 0, options_.eps,
                      /*amsgrad=*/false, /*maximize=*/false);
    if (!rounded.empty()) at::_foreach_copy_(rounded, exact);
  }
}

}  // namespace srvau
