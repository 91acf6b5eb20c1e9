#pragma once

#include <memory>

#include <torch/csrc/autograd/custom_function.h>

#include "ops/attention.h"

namespace srvau::ops {

/** An attention plan in autograd's context, which holds only its own kinds of value. */
struct PlanHolder : torch::CustomClassHolder {
  explicit PlanHolder(std::shared_ptr<const AttentionPlan> p) : plan(std::move(p)) {}
  std::shared_ptr<const AttentionPlan> plan;
};

inline void save_plan(torch::autograd::AutogradContext* ctx, std::shared_ptr<const AttentionPlan> plan) {
  ctx->saved_data["plan"] = c10::IValue::make_capsule(c10::make_intrusive<PlanHolder>(std::move(plan)));
}

inline std::shared_ptr<const AttentionPlan> saved_plan(torch::autograd::AutogradContext* ctx) {
  return c10::static_intrusive_pointer_cast<PlanHolder>(ctx->saved_data["plan"].toCapsule())->plan;
}

}  // namespace srvau::ops
