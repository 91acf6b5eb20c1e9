#include "train/grpo_loss.h"

#include <cmath>

#include <torch/csrc/autograd/autograd.h>

#include "base/testing.h"
#include "train/grpo_reference.h"

using namespace srvau;
using srvau::testing::grpo_reference;
using srvau::testing::numbers;

namespace {

/** One of the batches of the reference, its rows cut to the tokens that count and laid one after the other. */
struct ReferenceBatch {
  GrpoTokens tokens;
  std::vector<std::vector<double>> mask;

  explicit ReferenceBatch(const JsonField& batch) {
    for (const auto& row : batch["mask"].items()) mask.push_back(numbers(row));
    tokens.logprobs = column(batch["new"]).requires_grad_(true);
    tokens.old_logprobs = column(batch["old"]);
    tokens.reference_logprobs = column(batch["ref"]);
    tokens.entropy = column(batch["entropies"]);
    tokens.advantages = numbers(batch["advantages"]);
    for (const auto& row : mask) {
      int64_t length = 0;
      for (const double counts : row) length += counts > 0 ? 1 : 0;
      tokens.lengths.push_back(length);
    }
  }

  at::Tensor column(const JsonField& rows) const {
    std::vector<double> values;
    const auto items = rows.items();
    for (size_t i = 0; i < items.size(); ++i) {
      const auto row = numbers(items[i]);
      for (size_t t = 0; t < row.size(); ++t) {
        if (mask[i][t] > 0) values.push_back(row[t]);
      }
    }
    return at::tensor(values, at::kDouble);
  }
};

GrpoLossOptions options_of(const JsonField& reference) {
  GrpoLossOptions options;
  options.loss_type = parse_grpo_loss_type(reference["loss_type"].string());
  options.importance = parse_importance_level(reference["importance_sampling_level"].string());
  options.clip_low = reference["epsilon"].number();
  options.clip_high = reference[reference["epsilon_high"].given() ? "epsilon_high" : "epsilon"].number();
  if (reference["delta"].given()) options.delta = reference["delta"].number();
  options.kl_coef = reference["beta"].number();
  options.kl_times_ratio = reference["kl_times_ratio"].boolean();
  options.max_completion_length = reference["max_completion_length"].integer(1, 99);
  return options;
}

/** Of the whole step. TRL divides each accumulated part by its own size and by how many parts there are. */
GrpoTotals totals_of(const JsonField& reference, const GrpoTokens& tokens, GrpoLossType loss_type) {
  const auto parts = reference["accumulation_steps"].integer(1, 99);
  return {static_cast<int64_t>(tokens.lengths.size()) * parts, loss_type == GrpoLossType::kDapo
                                                                   ? reference["items_in_batch"].integer(1, 999)
                                                                   : tokens.logprobs.numel() * parts};
}

bool near(double a, double b, double tolerance = 1e-6) {
  return std::abs(a - b) <= tolerance * std::max(std::abs(b), 1e-3);
}

GrpoTokens small_batch(bool gradient = true) {
  GrpoTokens tokens;
  tokens.logprobs = at::tensor({-1.0, -2.0, -0.5, -0.1, -3.0}, at::kDouble).requires_grad_(gradient);
  tokens.old_logprobs = at::tensor({-1.5, -1.9, -0.5, -0.4, -2.0}, at::kDouble);
  tokens.reference_logprobs = at::tensor({-1.1, -2.2, -0.4, -0.2, -2.0}, at::kDouble);
  tokens.entropy = at::ones({5}, at::kDouble);
  tokens.lengths = {2, 0, 3};
  tokens.advantages = {1, 2, -1};
  return tokens;
}

}  // namespace

TEST(losses_gradients_and_metrics_are_those_of_trl) {
  const JsonField root(grpo_reference(), "grpo.json");
  int64_t compared = 0;
  for (const auto& reference : root["losses"].items()) {
    const auto settings = reference["options"];
    if (settings["top_entropy_quantile"].number() < 1) continue;  // not an option here
    ReferenceBatch batch(root["batches"][reference["batch"].string()]);
    auto& tokens = batch.tokens;
    if (settings["on_policy"].boolean()) tokens.old_logprobs.reset();
    const auto options = options_of(settings);
    const auto result = grpo_loss(tokens, options, totals_of(settings, tokens, options.loss_type));
    torch::autograd::backward({result.loss}, {});

    const auto& name = reference["name"].string();
    const auto expect = [&](double actual, double wanted, const char* what) {
      if (!near(actual, wanted)) srvau::testing::report(name.c_str(), 0, c10::str(what, " ", actual, " not ", wanted));
    };
    expect(result.loss.item<double>(), reference["loss"].number(), "loss");
    EXPECT_NEAR(tokens.logprobs.grad(), batch.column(reference["gradient"]), 1e-6);
    const auto metrics = reference["metrics"];
    if (options.kl_coef > 0) expect(result.stats.kl(), metrics["kl"].number(), "kl");
    expect(result.stats.entropy(), metrics["entropy"].number(), "entropy");
    expect(result.stats.clip_fraction_low(), metrics["clip_ratio/low_mean"].number(), "low");
    expect(result.stats.clip_fraction_high(), metrics["clip_ratio/high_mean"].number(), "high");
    ++compared;
  }
  EXPECT(compared >= 34);
}

TEST(parts_of_a_batch_add_up_to_the_whole) {
  const auto slice = [](const GrpoTokens& all, int64_t first_token, int64_t count, size_t first, size_t last) {
    GrpoTokens part;
    part.logprobs = all.logprobs.detach().narrow(0, first_token, count).clone().requires_grad_(true);
    part.old_logprobs = all.old_logprobs.narrow(0, first_token, count);
    part.reference_logprobs = all.reference_logprobs.narrow(0, first_token, count);
    part.entropy = all.entropy.narrow(0, first_token, count);
    part.lengths.assign(all.lengths.begin() + static_cast<long>(first), all.lengths.begin() + static_cast<long>(last));
    part.advantages.assign(all.advantages.begin() + static_cast<long>(first),
                           all.advantages.begin() + static_cast<long>(last));
    return part;
  };
  for (const auto type : {GrpoLossType::kGrpo, GrpoLossType::kDrGrpo, GrpoLossType::kDapo, GrpoLossType::kBnpo}) {
    for (const auto level : {ImportanceLevel::kToken, ImportanceLevel::kSequence}) {
      GrpoLossOptions options{.loss_type = type, .importance = level, .max_completion_length = 4};
      const GrpoTotals totals{3, 5};
      const auto all = small_batch();
      const auto whole = grpo_loss(all, options, totals);
      torch::autograd::backward({whole.loss}, {});
      const auto first = slice(all, 0, 2, 0, 1), rest = slice(all, 2, 3, 1, 3);
      GrpoStats stats;
      for (const auto* part : {&first, &rest}) {
        const auto result = grpo_loss(*part, options, totals);
        torch::autograd::backward({result.loss}, {});
        stats += result.stats;
      }
      EXPECT_NEAR(at::cat({first.logprobs.grad(), rest.logprobs.grad()}), all.logprobs.grad(), 1e-14);
      EXPECT(near(stats.loss, whole.stats.loss, 1e-14));
      EXPECT(near(stats.kl(), whole.stats.kl(), 1e-14));
      EXPECT(near(stats.mean_ratio(), whole.stats.mean_ratio(), 1e-14));
      EXPECT_EQ(stats.clip_fraction_high(), whole.stats.clip_fraction_high());
      EXPECT_EQ(stats.clip_fraction_low(), whole.stats.clip_fraction_low());
      EXPECT_EQ(stats.max_log_ratio, 1.0);
    }
  }
}

TEST(on_policy_the_gradient_is_that_of_reinforce) {
  auto tokens = small_batch();
  tokens.old_logprobs.reset();
  const auto result = grpo_loss(tokens, {.kl_coef = 0}, {3, 5});
  torch::autograd::backward({result.loss}, {});
  // -advantage / (tokens of the sequence * sequences)
  const double a = -1.0 / 6, b = 1.0 / 9;
  EXPECT_NEAR(tokens.logprobs.grad(), at::tensor({a, a, b, b, b}, at::kDouble), 1e-14);
  EXPECT_EQ(result.stats.mean_ratio(), 1.0);
  EXPECT_EQ(result.stats.max_log_ratio, 0.0);
  EXPECT_EQ(result.stats.clip_fraction_low(), 0.0);
}

TEST(a_batch_without_tokens_has_no_loss) {
  GrpoTokens tokens;
  tokens.logprobs = at::empty({0}, at::kFloat).requires_grad_(true);
  tokens.reference_logprobs = at::empty({0}, at::kFloat);
  tokens.lengths = {0, 0};
  tokens.advantages = {1, -1};
  const auto result = grpo_loss(tokens, {}, {2, 0});
  EXPECT_EQ(result.loss.item<float>(), 0.F);
  EXPECT(std::isnan(result.stats.kl()));
}

TEST(losses_that_cannot_be_are_refused_by_name) {
  const auto refused = [](const char* part, const std::function<void(GrpoTokens&, GrpoLossOptions&, GrpoTotals&)>& f) {
    auto tokens = small_batch(false);
    GrpoLossOptions options;
    GrpoTotals totals{3, 5};
    f(tokens, options, totals);
    EXPECT_ERROR(ErrorCode::kInvalidArgument, part, grpo_loss(tokens, options, totals));
  };
  refused("clip_low: expected", [](auto&, auto& options, auto&) { options.clip_low = -0.1; });
  refused("clip_high: expected", [](auto&, auto& options, auto&) { options.clip_high = NAN; });
  refused("delta: expected a number above 1 + clip_high", [](auto&, auto& options, auto&) { options.delta = 1.1; });
  refused("kl_coef: expected", [](auto&, auto& options, auto&) { options.kl_coef = -1; });
  refused("max_completion_length", [](auto&, auto& options, auto&) { options.loss_type = GrpoLossType::kDrGrpo; });
  refused("reference_logprobs: expected (5)", [](auto& tokens, auto&, auto&) { tokens.reference_logprobs.reset(); });
  refused("old_logprobs: expected (5)", [](auto& tokens, auto&, auto&) { tokens.old_logprobs = at::ones({4}); });
  refused("lengths: expected a sum of 5, received 6", [](auto& tokens, auto&, auto&) { tokens.lengths[0] = 3; });
  refused("advantages: expected 3", [](auto& tokens, auto&, auto&) { tokens.advantages.pop_back(); });
  refused("totals: expected at least the 3 sequences", [](auto&, auto&, auto& totals) { totals.sequences = 2; });
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "received \"ppo\"", parse_grpo_loss_type("ppo"));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "received \"word\"", parse_importance_level("word"));
}

SRVAU_TEST_MAIN()
