// Supervised training against transformers and AdamW of PyTorch, and against itself in other arrangements.
#include <cmath>

#include "base/testing.h"
#include "train/train_reference.h"

using namespace srvau;
using namespace srvau::testing;

namespace {

/** Gradients of one batch under other options, by name. */
NamedValues sft_gradients(const Reference& reference, const std::function<void(TrainerOptions&)>& change = {}) {
  const auto model = model_of(reference);
  auto options = trainer_options_of(reference);
  if (change) change(options);
  Trainer trainer(model, options);
  const auto samples = samples_of(reference);
  trainer.accumulate_sft(samples, total_weight(samples));
  return gradients_of(*model);
}

bool bit_equal(const NamedValues& a, const NamedValues& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && at::equal(x.second, y.second); });
}

}  // namespace

TEST(losses_and_gradients_are_those_of_transformers) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto model = model_of(reference);
    Trainer trainer(model, trainer_options_of(reference));
    const auto samples = samples_of(reference);
    const auto stats = trainer.accumulate_sft(samples, total_weight(samples));
    EXPECT_NEAR(at::scalar_tensor(stats.loss(), at::kDouble), reference.expected("losses")[0], 1e-5);
    const auto gradients = gradients_of(*model), expected = expected_of(reference, "grad.");
    EXPECT_EQ(gradients.size(), expected.size());
    for (const auto& [parameter, gradient] : gradients) {
      const auto error = expected.contains(parameter) ? relative_error(gradient, expected.at(parameter)) : INFINITY;
      if (!(error <= 1e-5)) report(name.c_str(), 0, c10::str("gradient of ", parameter, " is off by ", error));
    }
    std::printf("     %s: gradients within %.1e\n", name.c_str(), worst_error(gradients, expected));
    EXPECT_NEAR(at::scalar_tensor(trainer.step(0).grad_norm, at::kDouble), reference.expected("grad_norms")[0], 1e-5);
  }
}

TEST(steps_are_those_of_adamw) {
  int64_t configurations = 0;
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto steps = reference.inputs()["optimizer"]["steps"].integer(0, 99);
    if (steps == 0) continue;
    ++configurations;
    const auto model = model_of(reference);
    Trainer trainer(model, trainer_options_of(reference));
    const auto samples = samples_of(reference);
    auto before = weights_of(*model);
    std::vector<double> losses, norms;
    for (int64_t step = 0; step < steps; ++step) {
      losses.push_back(trainer.accumulate_sft(samples, total_weight(samples)).loss());
      norms.push_back(trainer.step(reference.inputs()["optimizer"]["lr"].number()).grad_norm);
    }
    // Adam makes a whole step of a gradient that is zero but for rounding. The committed references have none; random
    // ones say how far that takes transformers from itself: a parameter, all of them, the losses, the norms.
    const auto noise = [&](int64_t of) {
      return reference.has("steps_noise") ? reference.expected("steps_noise")[of].item<double>() : 0;
    };
    EXPECT_NEAR(at::tensor(losses, at::kDouble), reference.expected("losses"), std::max(1e-4, 10 * noise(2)));
    EXPECT_NEAR(at::tensor(norms, at::kDouble), reference.expected("grad_norms"), std::max(1e-4, 10 * noise(3)));
    const auto after = weights_of(*model);
    auto expected = expected_of(reference, "after.");
    expected.merge(before);  // a parameter that got no gradient is stored nowhere and stays as it is
    EXPECT_EQ(after.size(), expected.size());
    EXPECT(distance(after, expected) <= std::max(1e-5, 10 * noise(1)));
    const bool steady = noise(0) <= 2e-5;
    for (const auto& [parameter, weight] : after) {
      const auto error = expected.contains(parameter) ? relative_error(weight, expected.at(parameter)) : INFINITY;
      if (steady && !(error <= 1e-4)) report(name.c_str(), 0, c10::str(parameter, " is off by ", error));
    }
    std::printf("     %s: parameters after %d steps within %.1e, together %.1e (transformers itself %.1e, %.1e)\n",
                name.c_str(), static_cast<int>(steps), worst_error(after, expected), distance(after, expected), noise(0),
                noise(1));
  }
  EXPECT(configurations > 0);
}

TEST(bfloat16_gradients_are_as_close_as_those_of_transformers) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto model = model_of(reference, at::kBFloat16);
    Gradients gradients(model->parameters());
    const auto samples = samples_of(reference);
    const auto options = trainer_options_of(reference);
    sft_pass(*model, samples, total_weight(samples), {{}, options.mrope, {1, options.suppressed}});
    gradients.collect();
    const auto expected = expected_of(reference, "grad.");
    const auto sums = gradients.sums();
    double error = 0, size = 0;
    for (size_t i = 0; i < sums.size(); ++i) {
      if (!sums[i].defined()) continue;
      EXPECT(sums[i].scalar_type() == at::kFloat);
      for (const auto& slice : model->parameters()[i].slices) {
        const auto wanted = expected.at(slice.name).to(at::kDouble);
        error += (Parameter::view(sums[i], slice).to(at::kDouble) - wanted).square().sum().item<double>();
        size += wanted.square().sum().item<double>();
      }
    }
    const double relative = std::sqrt(error / size), theirs = reference.expected("bf16_gradient_error").item<double>();
    std::printf("     %s: bfloat16 gradients off by %.1e, those of transformers by %.1e\n", name.c_str(), relative,
                theirs);
    EXPECT(relative <= 2 * theirs);
  }
}

TEST(computing_layers_again_changes_no_bit) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    EXPECT(
        bit_equal(sft_gradients(reference, [](auto& options) { options.recompute = true; }), sft_gradients(reference)));
  }
}

TEST(small_passes_add_up_to_a_large_one) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto whole = sft_gradients(reference);
    const auto one_sequence = sft_gradients(reference, [](auto& options) { options.max_tokens_per_pass = 1; });
    const auto small_chunks = sft_gradients(reference, [](auto& options) { options.logits_chunk_bytes = 4096; });

    const auto model = model_of(reference);
    Trainer trainer(model, trainer_options_of(reference));
    const auto samples = samples_of(reference);
    SftStats stats;
    for (const auto& sample : samples) stats += trainer.accumulate_sft({sample}, total_weight(samples));
    EXPECT_NEAR(at::scalar_tensor(stats.loss(), at::kDouble), reference.expected("losses")[0], 1e-5);
    const auto accumulated = gradients_of(*model);
    for (const auto* other : {&one_sequence, &small_chunks, &accumulated}) {
      EXPECT(distance(*other, whole) <= 1e-6);
      EXPECT(worst_error(*other, whole) <= 1e-5);
    }
    EXPECT(bit_equal(one_sequence, accumulated));
    std::printf("     %s: %.1e of the norm, parameters within %.1e\n", name.c_str(), distance(accumulated, whole),
                worst_error(accumulated, whole));
  }
}

TEST(a_frozen_vision_tower_stays_and_leaves_the_other_gradients) {
  for (const auto& name : {"tied-gqa2-small-windows", "untied-gqa4-several-videos"}) {
    const Reference reference(name);
    auto all = sft_gradients(reference);
    std::erase_if(all, [](const auto& item) { return item.first.starts_with("visual."); });
    EXPECT(bit_equal(sft_gradients(reference, [](auto& options) { options.train_vision = false; }), all));

    const auto model = model_of(reference);
    const auto before = weights_of(*model);
    auto options = trainer_options_of(reference);
    options.train_vision = false;
    Trainer trainer(model, options);
    const auto samples = samples_of(reference);
    trainer.accumulate_sft(samples, total_weight(samples));
    trainer.step(1e-2);
    for (const auto& [parameter, weight] : weights_of(*model))
      EXPECT_EQ(at::equal(weight, before.at(parameter)), parameter.starts_with("visual."));
  }
}

TEST(a_step_whose_gradient_is_not_finite_is_skipped) {
  const Reference reference("text-only");
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto model = model_of(reference, dtype);
    Trainer trainer(model, trainer_options_of(reference));
    const auto samples = samples_of(reference);
    const auto before = weights_of(*model);
    trainer.accumulate_sft(samples, 1e-60);
    const auto stats = trainer.step(1e-2);
    EXPECT(stats.skipped && !stats.clipped && !std::isfinite(stats.grad_norm));
    EXPECT(bit_equal(weights_of(*model), before));
    EXPECT_EQ(trainer.optimizer().slots()[0].step.item<float>(), 0.F);
    trainer.accumulate_sft(samples, total_weight(samples));
    EXPECT(!trainer.step(1e-2).skipped);
    EXPECT(!bit_equal(weights_of(*model), before));
  }
}

TEST(training_fits_what_it_is_shown) {
  const Reference reference("tied-gqa2-small-windows");
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto model = model_of(reference, dtype);
    Trainer trainer(model, trainer_options_of(reference));
    const auto samples = samples_of(reference);
    double first = 0, last = 0;
    for (int step = 0; step < 40; ++step) {
      last = trainer.accumulate_sft(samples, total_weight(samples)).loss();
      if (step == 0) first = last;
      trainer.step(3e-3);
    }
    EXPECT(last < 0.2 * first);
  }
}

TEST(what_was_accumulated_is_gone_when_a_part_fails) {
  const Reference reference("text-only");
  const auto model = model_of(reference);
  Trainer trainer(model, trainer_options_of(reference));
  auto samples = samples_of(reference);
  trainer.accumulate_sft(samples, 1);
  const auto cancel = std::make_shared<CancelToken>();
  cancel->cancel();
  EXPECT_ERROR(ErrorCode::kCancelled, "cancelled", trainer.accumulate_sft(samples, 1, cancel));
  EXPECT(gradients_of(*model).empty());
  const auto before = weights_of(*model);
  EXPECT_EQ(trainer.step(1e-2).grad_norm, 0.0);
  EXPECT(bit_equal(weights_of(*model), before));
}

TEST(samples_without_weights_change_nothing_and_cost_nothing) {
  const Reference reference("text-only");
  const auto model = model_of(reference);
  Trainer trainer(model, trainer_options_of(reference));
  auto samples = samples_of(reference);
  for (auto& sample : samples) std::fill(sample.weights.begin(), sample.weights.end(), 0.F);
  const auto stats = trainer.accumulate_sft(samples, 1);
  EXPECT_EQ(stats.tokens, 0);
  EXPECT(std::isnan(stats.loss()));
  EXPECT(gradients_of(*model).empty());
}

TEST(a_model_is_as_it_was_after_its_trainer) {
  const Reference reference("text-only");
  const auto model = model_of(reference);
  {
    Trainer trainer(model, trainer_options_of(reference));
    const auto samples = samples_of(reference);
    trainer.accumulate_sft(samples, 1);
    EXPECT(model->parameters()[0].tensor.requires_grad());
  }
  for (const auto& parameter : model->parameters())
    EXPECT(!parameter.tensor.requires_grad() && !parameter.tensor.grad().defined());
}

TEST(training_that_cannot_be_is_refused_by_name) {
  const Reference reference("text-only");
  const auto model = model_of(reference);
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "model: expected", Trainer(nullptr, {}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "max_grad_norm", Trainer(model, {.max_grad_norm = -1}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "beta2", Trainer(model, {.optimizer = {.beta2 = 1}}));
  Trainer trainer(model, trainer_options_of(reference));
  auto samples = samples_of(reference);
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "normalizer: expected", trainer.accumulate_sft(samples, 0));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "learning_rate: expected", trainer.step(-1));
  samples[1].weights[0] = -1;
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "samples[1].weights[0]: expected", trainer.accumulate_sft(samples, 1));
  samples[1].weights.clear();
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "samples[1].weights: expected 1", trainer.accumulate_sft(samples, 1));
  samples[1].completion.clear();
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "samples[1].completion: expected", trainer.accumulate_sft(samples, 1));
}

SRVAU_TEST_MAIN()
