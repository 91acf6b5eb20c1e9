#include "train/grpo_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/core/grad_mode.h>

#include "base/error.h"

namespace srvau {
namespace {

/** What one token of a sequence of `length` counts. */
double token_weight(const GrpoLossOptions& options, const GrpoTotals& totals, int64_t length) {
  const auto sequences = static_cast<double>(totals.sequences);
  switch (options.loss_type) {
    case GrpoLossType::kGrpo:
      return 1 / (static_cast<double>(std::max<int64_t>(length, 1)) * sequences);
    case GrpoLossType::kDrGrpo:
      return 1 / (static_cast<double>(options.max_completion_length) * sequences);
    case GrpoLossType::kDapo:
    case GrpoLossType::kBnpo:
      break;
  }
  return 1 / static_cast<double>(std::max<int64_t>(totals.tokens, 1));
}

/** Where the tokens of each sequence lie. Sums and spreads in a fixed order on every device, unlike index_add. */
struct Segments {
  at::Tensor lengths;   // (S) int64
  at::Tensor sequence;  // (N) int64: the sequence of each token

  Segments(const std::vector<int64_t>& counts, at::Device device)
      : lengths(at::tensor(counts, at::kLong).to(device)),
        sequence(at::repeat_interleave(
            lengths, std::make_optional(std::accumulate(counts.begin(), counts.end(), int64_t{0})))) {}

  /** (N) -> (S) */
  at::Tensor sum(const at::Tensor& values) const {
    return at::segment_reduce(values, "sum", lengths, {}, {}, /*axis=*/0, /*unsafe=*/true, /*initial=*/0);
  }
  /** (S) -> (N). Not for what gradients flow through. */
  at::Tensor spread(const at::Tensor& values) const { return values.index_select(0, sequence); }
};

void check(const GrpoTokens& tokens, const GrpoLossOptions& options, const GrpoTotals& totals) {
  const auto n = tokens.logprobs.numel();
  const auto expect_column = [&](const at::Tensor& column, const char* field) {
    SRVAU_REQUIRE(column.dim() == 1 && column.numel() == n && column.scalar_type() == tokens.logprobs.scalar_type() &&
                      column.device() == tokens.logprobs.device(),
                  field, ": expected (", n, ") ", tokens.logprobs.scalar_type(), " on ", tokens.logprobs.device(),
                  ", received ", column.sizes(), " ", column.scalar_type(), " on ", column.device());
  };
  expect_column(tokens.logprobs, "logprobs");
  if (tokens.old_logprobs.defined()) expect_column(tokens.old_logprobs, "old_logprobs");
  if (tokens.entropy.defined()) expect_column(tokens.entropy, "entropy");
  if (options.kl_coef > 0) {
    SRVAU_REQUIRE(tokens.reference_logprobs.defined(), "reference_logprobs: expected (", n, ") where kl_coef is ",
                  options.kl_coef, ", received none");
    expect_column(tokens.reference_logprobs, "reference_logprobs");
  }
  SRVAU_REQUIRE(tokens.advantages.size() == tokens.lengths.size(), "advantages: expected ", tokens.lengths.size(),
                ", one for each sequence, received ", tokens.advantages.size());
  int64_t count = 0;
  for (const auto length : tokens.lengths) {
    SRVAU_REQUIRE(length >= 0, "lengths: expected none below 0, received ", length);
    count += length;
  }
  SRVAU_REQUIRE(count == n, "lengths: expected a sum of ", n, ", received ", count);
  const auto sequences = static_cast<int64_t>(tokens.lengths.size());
  SRVAU_REQUIRE(totals.sequences >= sequences && totals.tokens >= n, "totals: expected at least the ", sequences,
                " sequences and ", n, " tokens of this part, received ", totals.sequences, " and ", totals.tokens);
}

/** The sums of one part in a single transfer from the device. */
GrpoStats stats_of(const GrpoTokens& tokens, const at::Tensor& loss, const at::Tensor& kl, const at::Tensor& log_ratio,
                   const at::Tensor& ratio, const at::Tensor& clipped_low, const at::Tensor& clipped_high,
                   int64_t ratios) {
  at::NoGradGuard none;
  const auto zero = at::zeros({}, loss.options().dtype(at::kDouble));
  const auto sum = [&](const at::Tensor& values) { return values.defined() ? values.sum(at::kDouble) : zero; };
  const auto sums = at::stack({loss.to(at::kDouble), sum(kl), sum(tokens.entropy), sum(ratio), sum(clipped_low),
                               sum(clipped_high), log_ratio.numel() > 0 ? log_ratio.abs().max().to(at::kDouble) : zero})
                        .cpu();
  const auto* s = sums.const_data_ptr<double>();
  return {s[0], tokens.logprobs.numel(), ratios, s[1], s[2], s[3], s[4], s[5], s[6]};
}

}  // namespace

GrpoLossType parse_grpo_loss_type(std::string_view name) {
  if (name == "grpo") return GrpoLossType::kGrpo;
  if (name == "dr_grpo") return GrpoLossType::kDrGrpo;
  if (name == "dapo") return GrpoLossType::kDapo;
  if (name == "bnpo") return GrpoLossType::kBnpo;
  fail(ErrorCode::kInvalidArgument, "loss_type: expected \"grpo\", \"dr_grpo\", \"dapo\" or \"bnpo\", received \"",
       name, "\"");
}

ImportanceLevel parse_importance_level(std::string_view name) {
  if (name == "token") return ImportanceLevel::kToken;
  if (name == "sequence") return ImportanceLevel::kSequence;
  fail(ErrorCode::kInvalidArgument, "importance: expected \"token\" or \"sequence\", received \"", name, "\"");
}

void check_options(const GrpoLossOptions& options) {
  SRVAU_REQUIRE(options.clip_low >= 0 && options.clip_low <= 1, "clip_low: expected a number from 0 to 1, received ",
                options.clip_low);
  SRVAU_REQUIRE(options.clip_high >= 0 && options.clip_high <= kMostNumber, "clip_high: expected a number from 0 to ",
                kMostNumber, ", received ", options.clip_high);
  SRVAU_REQUIRE(!options.delta || (*options.delta > 1 + options.clip_high && std::isfinite(*options.delta)),
                "delta: expected a number above 1 + clip_high, which is ", 1 + options.clip_high, ", received ",
                options.delta.value_or(0));
  SRVAU_REQUIRE(options.kl_coef >= 0 && options.kl_coef <= kMostNumber, "kl_coef: expected a number from 0 to ",
                kMostNumber, ", received ", options.kl_coef);
  SRVAU_REQUIRE(options.loss_type != GrpoLossType::kDrGrpo || options.max_completion_length > 0,
                "max_completion_length: expected at least 1 for dr_grpo, received ", options.max_completion_length);
}

GrpoStats& GrpoStats::operator+=(const GrpoStats& part) {
  loss += part.loss;
  tokens += part.tokens;
  ratios += part.ratios;
  kl_sum += part.kl_sum;
  entropy_sum += part.entropy_sum;
  ratio_sum += part.ratio_sum;
  clipped_low += part.clipped_low;
  clipped_high += part.clipped_high;
  max_log_ratio = std::max(max_log_ratio, part.max_log_ratio);
  return *this;
}

GrpoLoss grpo_loss(const GrpoTokens& tokens, const GrpoLossOptions& options, const GrpoTotals& totals) {
  check_options(options);
  check(tokens, options, totals);
  const auto& logprobs = tokens.logprobs;
  const auto host_column = [&](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).to(logprobs.options().requires_grad(false));
  };
  std::vector<double> weights;  // of each sequence: what one of its tokens counts
  for (const auto length : tokens.lengths) weights.push_back(token_weight(options, totals, length));
  const Segments segments(tokens.lengths, logprobs.device());
  const auto counts = segments.lengths.to(logprobs.scalar_type());  // (S)
  const bool by_token = options.importance == ImportanceLevel::kToken;

  // Below, R is N where ratios are taken of tokens and S where they are taken of sequences.
  const auto log_ratio = logprobs - (tokens.old_logprobs.defined() ? tokens.old_logprobs : logprobs.detach());  // (N)
  const auto ratio = (by_token ? log_ratio : segments.sum(log_ratio) / counts.clamp_min(1)).exp();              // (R)
  const auto advantages =
      by_token ? segments.spread(host_column(tokens.advantages)) : host_column(tokens.advantages);  // (R)
  const auto clipped = ratio.clamp(1 - options.clip_low, 1 + options.clip_high);
  const auto bounded = options.delta ? ratio.clamp_max(*options.delta) : ratio;
  const auto policy = at::minimum(bounded * advantages, clipped * advantages).neg();  // (R)
  auto per_sequence = by_token ? segments.sum(policy) : policy * counts;              // (S) sums over tokens

  at::Tensor kl;  // (S) sums over tokens
  if (options.kl_coef > 0) {
    const auto distance = tokens.reference_logprobs - logprobs;
    const auto divergence = distance.exp() - distance - 1;  // (N)
    kl = segments.sum(options.kl_times_ratio && by_token ? divergence * ratio : divergence);
    if (options.kl_times_ratio && !by_token) kl = kl * ratio;
    per_sequence = per_sequence + options.kl_coef * kl;
  }
  const auto loss = (per_sequence * host_column(weights)).sum();

  at::NoGradGuard none;
  // A sequence without tokens has a ratio of 1 and is never clipped; it only must not be counted.
  const auto counted = by_token ? at::Tensor() : counts > 0;
  const auto low = (bounded < 1 - options.clip_low).logical_and(advantages < 0);
  const auto high = (bounded > 1 + options.clip_high).logical_and(advantages > 0);
  const auto with_tokens =
      std::count_if(tokens.lengths.begin(), tokens.lengths.end(), [](int64_t length) { return length > 0; });
  return {loss, stats_of(tokens, loss, kl, log_ratio, by_token ? ratio : ratio * counted, low, high,
                         by_token ? logprobs.numel() : with_tokens)};
}

}  // namespace srvau
