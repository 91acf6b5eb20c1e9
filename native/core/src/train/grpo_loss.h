#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

namespace srvau {

/** How the losses of tokens become one number. */
enum class GrpoLossType {
  kGrpo,    // mean over the tokens of each sequence, mean over sequences
  kDrGrpo,  // sum over tokens / (sequences * max_completion_length)
  kDapo,    // sum over tokens / tokens of the whole batch, all processes together
  kBnpo,    // sum over tokens / tokens of the batch of this process
};

/** Of what the probability ratio is taken: each token, or the whole sequence (GSPO: the geometric mean of its tokens).
 */
enum class ImportanceLevel { kToken, kSequence };

/** @param name "grpo", "dr_grpo", "dapo" or "bnpo". @throws Error INVALID_ARGUMENT for any other. */
GrpoLossType parse_grpo_loss_type(std::string_view name);

/** @param name "token" or "sequence". @throws Error INVALID_ARGUMENT for any other. */
ImportanceLevel parse_importance_level(std::string_view name);

/** Of advantages, scores and coefficients: beyond it sums leave float32. */
constexpr double kMostNumber = 1e9;

struct GrpoLossOptions {
  GrpoLossType loss_type = GrpoLossType::kGrpo;
  ImportanceLevel importance = ImportanceLevel::kToken;
  /** The ratio is clipped to [1 - clip_low, 1 + clip_high]; clip_low in [0, 1], clip_high >= 0. */
  double clip_low = 0.2;
  double clip_high = 0.2;
  /** Two-sided clip: bounds the ratio of sequences with a negative advantage too; above 1 + clip_high. */
  std::optional<double> delta;
  /** Weight of the divergence from the reference (k3: exp(ref - new) - (ref - new) - 1); 0 needs no reference. */
  double kl_coef = 0.04;
  /** Multiplies the divergence by the ratio, which makes its gradient unbiased off policy. */
  bool kl_times_ratio = false;
  /** Tokens; for kDrGrpo only, where it must be at least 1. */
  int64_t max_completion_length = 0;
};

/** @throws Error INVALID_ARGUMENT naming the field that is out of its range. */
void check_options(const GrpoLossOptions& options);

/**
 * Size of the whole batch that one optimizer step is made from: the losses of its parts, each divided by the same
 * totals, add up to the loss of the whole.
 */
struct GrpoTotals {
  int64_t sequences = 0;  // masked ones too
  int64_t tokens = 0;     // that count: none of masked sequences
};

/** Tokens of S sequences, one after the other without padding: N in all. Float tensors of one dtype and device. */
struct GrpoTokens {
  at::Tensor logprobs;             // (N), under the policy that is trained; gradients flow into these
  at::Tensor old_logprobs;         // (N), when they were sampled; undefined: as logprobs, so that every ratio is 1
  at::Tensor reference_logprobs;   // (N); may be undefined where kl_coef is 0
  at::Tensor entropy;              // (N), for the statistics; may be undefined
  std::vector<int64_t> lengths;    // (S), adding up to N; 0 for a masked sequence
  std::vector<double> advantages;  // (S)
};

/** Sums, so that those of the parts of a batch add up; the means are of the whole. NaN where nothing counted. */
struct GrpoStats {
  double loss = 0;
  int64_t tokens = 0;
  /** What ratios were taken of: tokens, or sequences that have any. */
  int64_t ratios = 0;
  double kl_sum = 0;
  double entropy_sum = 0;
  double ratio_sum = 0;
  double clipped_low = 0;
  double clipped_high = 0;
  /** Largest |new - old| of any token. */
  double max_log_ratio = 0;

  GrpoStats& operator+=(const GrpoStats& part);
  double kl() const { return kl_sum / static_cast<double>(tokens); }
  double entropy() const { return entropy_sum / static_cast<double>(tokens); }
  double mean_ratio() const { return ratio_sum / static_cast<double>(ratios); }
  /** Part of the ratios below 1 - clip_low with a negative advantage. */
  double clip_fraction_low() const { return clipped_low / static_cast<double>(ratios); }
  /** Part of the ratios above 1 + clip_high with a positive advantage. */
  double clip_fraction_high() const { return clipped_high / static_cast<double>(ratios); }
};

struct GrpoLoss {
  at::Tensor loss;  // ()
  GrpoStats stats;
};

/**
 * The clipped policy loss with its divergence from the reference, as TRL computes it. Differentiable in `logprobs`;
 * computes in their dtype.
 *
 * @throws Error INVALID_ARGUMENT: shapes that do not fit together, a missing reference, an option out of range.
 */
GrpoLoss grpo_loss(const GrpoTokens& tokens, const GrpoLossOptions& options, const GrpoTotals& totals);

}  // namespace srvau
