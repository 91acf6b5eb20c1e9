// GRPO on a model. The loss itself is held against TRL in grpo_loss_test.cpp, log-probabilities and their gradients
// against transformers in trainer_sft_test.cpp.
#include <cmath>
#include <numeric>

#include "base/testing.h"
#include "train/train_reference.h"

using namespace srvau;
using namespace srvau::testing;

namespace {

constexpr const char* kConfiguration = "untied-gqa4-several-videos";

struct Outcome {
  NamedValues gradients;
  GrpoStats stats;
};

Outcome grpo_gradients(const Reference& reference, const std::vector<std::vector<RolloutGroup>>& batches,
                       const GrpoTotals& totals, const GrpoLossOptions& loss_options,
                       const std::function<void(TrainerOptions&)>& change = {}) {
  const auto model = model_of(reference);
  auto options = trainer_options_of(reference);
  if (change) change(options);
  Trainer trainer(model, options);
  Outcome outcome;
  for (const auto& groups : batches) outcome.stats += trainer.accumulate_grpo(groups, loss_options, totals);
  outcome.gradients = gradients_of(*model);
  return outcome;
}

const GrpoLossOptions kLosses[] = {
    {.loss_type = GrpoLossType::kGrpo},
    {.loss_type = GrpoLossType::kDrGrpo, .importance = ImportanceLevel::kSequence, .max_completion_length = 8},
    {.loss_type = GrpoLossType::kDapo, .clip_low = 0.02, .clip_high = 0.05, .kl_coef = 0},
    {.loss_type = GrpoLossType::kBnpo, .importance = ImportanceLevel::kSequence, .kl_times_ratio = true},
};

}  // namespace

TEST(rollouts_that_share_their_prompt_are_as_if_alone) {
  const Reference reference(kConfiguration);
  const auto groups = rollouts_of(reference, *model_of(reference));
  const auto totals = totals_of(groups);
  EXPECT_EQ(totals.sequences, 8);
  EXPECT_EQ(totals.tokens, 22);
  for (const auto& loss : kLosses) {
    const auto shared = grpo_gradients(reference, {groups}, totals, loss);
    const auto alone = grpo_gradients(reference, {one_by_one(groups)}, totals, loss);
    EXPECT(worst_error(alone.gradients, shared.gradients) <= 1e-5);
    EXPECT(std::abs(alone.stats.loss - shared.stats.loss) <= 1e-6);
  }
}

TEST(small_passes_add_up_to_a_large_one) {
  const Reference reference(kConfiguration);
  const auto groups = rollouts_of(reference, *model_of(reference));
  const auto totals = totals_of(groups);
  for (const auto& loss : kLosses) {
    const auto whole = grpo_gradients(reference, {groups}, totals, loss);
    std::vector<std::vector<RolloutGroup>> eight;
    for (const auto& group : one_by_one(groups)) eight.push_back({group});
    const auto accumulated = grpo_gradients(reference, eight, totals, loss);
    const auto split =
        grpo_gradients(reference, {groups}, totals, loss, [](auto& options) { options.max_tokens_per_pass = 45; });
    for (const auto* other : {&accumulated, &split}) {
      EXPECT(distance(other->gradients, whole.gradients) <= 1e-6);
      EXPECT(worst_error(other->gradients, whole.gradients) <= 1e-5);
      EXPECT(std::abs(other->stats.loss - whole.stats.loss) <= 1e-6);
      EXPECT_EQ(other->stats.tokens, whole.stats.tokens);
      EXPECT_EQ(other->stats.ratios, whole.stats.ratios);
      EXPECT_EQ(other->stats.clipped_low, whole.stats.clipped_low);
      EXPECT_EQ(other->stats.clipped_high, whole.stats.clipped_high);
    }
    const auto again =
        grpo_gradients(reference, {groups}, totals, loss, [](auto& options) { options.recompute = true; });
    EXPECT_EQ(worst_error(again.gradients, whole.gradients), 0.0);
  }
}

TEST(on_policy_it_is_supervised_training_weighted_by_advantage) {
  const Reference reference(kConfiguration);
  auto groups = rollouts_of(reference, *model_of(reference));
  std::vector<SftSample> samples;
  for (auto& group : groups) {
    for (size_t j = 0; j < group.rollouts.size(); ++j) {
      auto& rollout = group.rollouts[j];
      rollout.advantage = 0.25 * static_cast<double>(j);
      rollout.old_logprobs.clear();
      rollout.reference_logprobs.clear();
      samples.push_back(
          {group.prompt, rollout.ids, std::vector<float>(rollout.ids.size(), static_cast<float>(rollout.advantage))});
    }
  }
  const auto totals = totals_of(groups);
  const auto grpo = grpo_gradients(reference, {groups}, totals, {.loss_type = GrpoLossType::kDapo, .kl_coef = 0});
  const auto model = model_of(reference);
  Trainer trainer(model, trainer_options_of(reference));
  trainer.accumulate_sft(samples, static_cast<double>(totals.tokens));
  EXPECT(worst_error(grpo.gradients, gradients_of(*model)) <= 1e-5);
  EXPECT_EQ(grpo.stats.mean_ratio(), 1.0);
}

TEST(masked_rollouts_count_among_the_sequences_alone) {
  const Reference reference(kConfiguration);
  auto groups = rollouts_of(reference, *model_of(reference));
  auto fewer = groups;
  fewer[0].rollouts.erase(fewer[0].rollouts.begin() + 1);
  groups[0].rollouts[1].masked = true;
  const auto totals = totals_of(groups);
  EXPECT_EQ(totals.sequences, 8);
  EXPECT_EQ(totals.tokens, 21);
  const auto masked = grpo_gradients(reference, {groups}, totals, {});
  const auto without = grpo_gradients(reference, {fewer}, totals, {});
  EXPECT_EQ(worst_error(masked.gradients, without.gradients), 0.0);
  for (auto& group : groups) {
    for (auto& rollout : group.rollouts) rollout.masked = true;
  }
  const auto nothing = grpo_gradients(reference, {groups}, totals_of(groups), {});
  EXPECT(nothing.gradients.empty());
  EXPECT_EQ(nothing.stats.tokens, 0);
}

TEST(training_raises_what_is_rewarded) {
  const Reference reference(kConfiguration);
  const auto model = model_of(reference);
  auto groups = rollouts_of(reference, *model);
  Trainer trainer(model, trainer_options_of(reference));
  std::vector<PromptGroup> prompts;
  for (auto& group : groups) {
    prompts.push_back({group.prompt, {}});
    for (auto& rollout : group.rollouts) {
      rollout.old_logprobs.clear();
      prompts.back().completions.push_back(rollout.ids);
    }
  }
  const auto scored = [&] { return completion_logprobs(*model, prompts, {reference.mrope(), {}, 0}); };
  const auto before = scored();
  for (int step = 0; step < 5; ++step) {
    trainer.accumulate_grpo(groups, {}, totals_of(groups));
    trainer.step(1e-3);
  }
  const auto after = scored();
  const auto sum = [](const std::vector<float>& values) { return std::accumulate(values.begin(), values.end(), 0.F); };
  for (size_t i = 0; i < groups.size(); ++i) {
    EXPECT(sum(after[i][0]) < sum(before[i][0]));
    EXPECT(sum(after[i][3]) > sum(before[i][3]));
  }
}

TEST(completions_are_scored_as_by_transformers_in_passes_of_any_size) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto model = model_of(reference);
    const auto samples = samples_of(reference);
    std::vector<PromptGroup> groups;
    for (const auto& sample : samples) groups.push_back({sample.prompt, {sample.completion}});
    ScoreOptions options{reference.mrope(), {1, reference.forbidden()}, 0};
    const auto whole = completion_logprobs(*model, groups, options);
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto length = static_cast<int64_t>(samples[i].completion.size());
      const auto expected = reference.expected(c10::str("loss_logprobs.", i));
      EXPECT_NEAR(at::tensor(whole[i][0]), expected.narrow(0, expected.size(0) - length, length), 1e-5);
    }
    options.max_tokens = 1;
    const auto one_by_one = completion_logprobs(*model, groups, options);
    for (size_t i = 0; i < groups.size(); ++i) EXPECT_NEAR(at::tensor(one_by_one[i][0]), at::tensor(whole[i][0]), 1e-5);
  }
}

TEST(a_mapped_model_is_a_reference) {
  const Reference reference("tied-gqa2-small-windows");
  const auto mapped = Model::map(reference.checkpoint());
  const auto samples = samples_of(reference);
  const std::vector<PromptGroup> groups = {{samples[0].prompt, {{5, 6}, {7}, {}}}};
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "completions[2]: expected at least one token",
               completion_logprobs(*mapped, groups, {}));
  const std::vector<PromptGroup> good = {{samples[0].prompt, {{5, 6}, {7}}}, {samples[1].prompt, {}}};
  const auto a = completion_logprobs(*mapped, good, {}), b = completion_logprobs(*model_of(reference), good, {});
  EXPECT_NEAR(at::tensor(a[0][0]), at::tensor(b[0][0]), 1e-5);
  EXPECT(a[1].empty());
  const auto cancel = std::make_shared<CancelToken>();
  cancel->cancel();
  EXPECT_ERROR(ErrorCode::kCancelled, "cancelled", completion_logprobs(*mapped, good, {}, cancel));
}

TEST(rollouts_that_cannot_be_are_refused_by_name) {
  const Reference reference(kConfiguration);
  const auto model = model_of(reference);
  const auto good = rollouts_of(reference, *model);
  Trainer trainer(model, trainer_options_of(reference));
  const auto refused = [&](const char* part, const std::function<void(std::vector<RolloutGroup>&)>& change) {
    auto groups = good;
    change(groups);
    EXPECT_ERROR(ErrorCode::kInvalidArgument, part, trainer.accumulate_grpo(groups, {}, totals_of(groups)));
  };
  refused("groups[1].rollouts[2].advantage", [](auto& groups) { groups[1].rollouts[2].advantage = NAN; });
  refused("groups[0].rollouts[1].ids: expected at least one token",
          [](auto& groups) { groups[0].rollouts[1].ids.clear(); });
  refused("groups[0].rollouts[1].old_logprobs: expected 1",
          [](auto& groups) { groups[0].rollouts[1].old_logprobs.clear(); });
  refused("groups[0].rollouts[1].old_logprobs: expected none",
          [](auto& groups) { groups[0].rollouts[0].old_logprobs.clear(); });
  refused("rollouts[3].reference_logprobs: expected 4",
          [](auto& groups) { groups[0].rollouts[3].reference_logprobs.pop_back(); });
  refused("reference_logprobs[0]: expected a finite",
          [](auto& groups) { groups[0].rollouts[3].reference_logprobs[0] = -INFINITY; });
}

SRVAU_TEST_MAIN()
