#include "train/optimizer.h"

#include <cmath>

#include "base/testing.h"
#include "train/gradients.h"
#include "train/micro_batches.h"
#include "train/train_reference.h"

using namespace srvau;
using namespace srvau::testing;

namespace {

Parameter parameter_of(const at::Tensor& value, bool decays) {
  return {{{"p", 0, value.size(0), value.sizes().vec()}}, value, false, decays};
}

}  // namespace

TEST(adamw_follows_its_equations) {
  const AdamWOptions options{0.9, 0.99, 1e-6, 0.1};
  const auto decaying = at::tensor({0.5F, -1.0F, 2.0F}), plain = decaying.clone();
  AdamW optimizer({parameter_of(decaying, true), parameter_of(plain, false)}, options);
  auto a = decaying.to(at::kDouble), b = a.clone(), m = at::zeros_like(a), v = at::zeros_like(a);
  for (int t = 1; t <= 4; ++t) {
    const auto gradient = at::tensor({0.1, -0.3, 0.02}, at::kDouble) * t;
    m = options.beta1 * m + (1 - options.beta1) * gradient;
    v = options.beta2 * v + (1 - options.beta2) * gradient.square();
    const auto update =
        m / (1 - std::pow(options.beta1, t)) / ((v / (1 - std::pow(options.beta2, t))).sqrt() + options.eps);
    const double rate = 0.01 * t;
    a = a * (1 - rate * options.weight_decay) - rate * update;
    b = b - rate * update;
    optimizer.step({gradient.to(at::kFloat), gradient.to(at::kFloat)}, rate);
  }
  EXPECT_NEAR(decaying, a, 1e-6);
  EXPECT_NEAR(plain, b, 1e-6);
  EXPECT_EQ(optimizer.slots()[0].step.item<float>(), 4.F);
}

TEST(a_parameter_without_a_gradient_is_left_alone) {
  const auto with = at::ones({3}), without = at::ones({3});
  AdamW optimizer({parameter_of(with, true), parameter_of(without, true)}, {.weight_decay = 0.5});
  optimizer.step({at::ones({3}), at::Tensor()}, 0.1);
  EXPECT(!at::equal(with, at::ones({3})));
  EXPECT(at::equal(without, at::ones({3})));
  EXPECT_EQ(optimizer.slots()[1].step.item<float>(), 0.F);
}

TEST(steps_too_small_for_bfloat16_add_up) {
  const auto weight = at::ones({2}, at::kBFloat16);
  AdamW optimizer({parameter_of(weight, false)}, {});
  // bfloat16 numbers below 1 are 2^-8 apart: one step of 1e-3 rounds back to 1.
  optimizer.step({at::ones({2})}, 1e-3);
  EXPECT(at::equal(weight, at::ones({2}, at::kBFloat16)));
  for (int i = 0; i < 9; ++i) optimizer.step({at::ones({2})}, 1e-3);
  EXPECT_NEAR(optimizer.slots()[0].master, at::full({2}, 0.99), 1e-4);
  EXPECT(at::equal(weight, optimizer.slots()[0].master.to(at::kBFloat16)));
}

TEST(gradients_too_small_for_bfloat16_add_up) {
  const auto weight = at::ones({2}, at::kBFloat16);
  Gradients gradients({parameter_of(weight, false)});
  // In bfloat16 1 + 2^-9 is 1.
  for (int pass = 0; pass < 9; ++pass) {
    weight.mutable_grad() = at::full({2}, pass == 0 ? 1 : std::ldexp(1, -9), at::kBFloat16);
    gradients.collect();
    EXPECT(!weight.grad().defined());
  }
  EXPECT(at::equal(gradients.sums()[0], at::full({2}, 1 + std::ldexp(8, -9), at::kFloat)));
  gradients.clear();
  EXPECT(!gradients.sums()[0].defined());
}

TEST(masters_are_read_in_the_precision_of_the_checkpoint) {
  const Reference reference("tied-gqa2-small-windows");  // float32
  const auto model = model_of(reference, at::kBFloat16);
  auto options = trainer_options_of(reference);
  options.masters_from = reference.checkpoint();
  const Trainer trainer(model, options);
  const auto exact = model_of(reference);
  const auto& slots = trainer.optimizer().slots();
  for (size_t i = 0; i < slots.size(); ++i) EXPECT(at::equal(slots[i].master, exact->parameters()[i].tensor));

  options.masters_from = Reference("text-only").checkpoint();
  EXPECT_ERROR(ErrorCode::kCheckpoint, "expected what the model was loaded from", Trainer(model, options));
}

TEST(gradients_are_clipped_by_the_norm_of_all) {
  const Reference reference("text-only");
  const auto model = model_of(reference);
  auto options = trainer_options_of(reference);
  options.max_grad_norm = 0.5;
  Trainer trainer(model, options);
  const auto samples = samples_of(reference);
  trainer.accumulate_sft(samples, total_weight(samples));
  const auto stats = trainer.step(1e-3);
  const auto norm = reference.expected("grad_norms")[0].item<double>();
  EXPECT(std::abs(stats.grad_norm - norm) <= 1e-5 * norm);
  EXPECT(stats.clipped);
  // What the first moments took in.
  std::vector<at::Tensor> seen;
  for (const auto& slot : trainer.optimizer().slots()) seen.push_back(slot.exp_avg / (1 - options.optimizer.beta1));
  EXPECT(std::abs(global_norm(seen) - 0.5) <= 1e-5);
}

TEST(norms_are_infinite_where_a_gradient_is) {
  EXPECT_EQ(global_norm({}), 0.0);
  EXPECT(std::abs(global_norm({at::full({4}, 2.F), at::Tensor(), at::full({1}, 3.F)}) - 5) < 1e-6);
  EXPECT(!std::isfinite(global_norm({at::ones({2}), at::full({1}, INFINITY)})));
  EXPECT(!std::isfinite(global_norm({at::full({1}, NAN)})));
}

TEST(groups_stay_whole_where_they_fit) {
  const auto plan_of = [](const std::vector<GroupLengths>& groups, int64_t max_tokens) {
    std::string text;
    for (const auto& batch : plan_micro_batches(groups, max_tokens)) {
      text += "|";
      for (const auto& part : batch) text += c10::str(" ", part.group, ":", part.first, "+", part.count);
    }
    return text;
  };
  const std::vector<GroupLengths> groups = {{10, {5, 5}}, {10, {5, 5, 5}}, {4, {}}, {3, {1}}};
  EXPECT_EQ(plan_of(groups, 0), "| 0:0+2 1:0+3 3:0+1");
  EXPECT_EQ(plan_of(groups, 45), "| 0:0+2 1:0+3| 3:0+1");
  EXPECT_EQ(plan_of(groups, 44), "| 0:0+2| 1:0+3 3:0+1");
  EXPECT_EQ(plan_of(groups, 20), "| 0:0+2| 1:0+2| 1:2+1 3:0+1");
  EXPECT_EQ(plan_of(groups, 1), "| 0:0+1| 0:1+1| 1:0+1| 1:1+1| 1:2+1| 3:0+1");
  EXPECT_EQ(plan_of({}, 7), "");
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "max_tokens", plan_micro_batches(groups, -1));
}

TEST(numbers_that_end_what_was_learned_are_refused_by_name) {
  const auto with = [](AdamWOptions options) { AdamW({}, options); };
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "eps: expected a number above 0 and up to 1, received 2", with({.eps = 2}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "weight_decay: expected a number from 0 to 100, received 1e+308",
               with({.weight_decay = 1e308}));
  AdamW optimizer({}, {});
  for (const double rate : {1e308, 1.5, -1.0, double{NAN}})
    EXPECT_ERROR(ErrorCode::kInvalidArgument, "learning_rate: expected a number from 0 to 1", optimizer.step({}, rate));
  optimizer.step({}, 1);
}

SRVAU_TEST_MAIN()
