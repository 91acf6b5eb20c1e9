#include "generate/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/Parallel.h>

#include "base/error.h"
#include "ops/cpu/kernels.h"
#include "ops/token_logprobs.h"

namespace srvau {
namespace {

/**
 * Candidates by falling probability, cut as transformers does: the top_k first, then the fewest that hold top_p of what
 * is left. Equal logits keep the order of their ids.
 */
std::vector<int64_t> candidates_of(const float* logits, int64_t width, int64_t top_k, double top_p) {
  std::vector<int64_t> ids(static_cast<size_t>(width));
  std::iota(ids.begin(), ids.end(), int64_t{0});
  const auto before = [&](int64_t a, int64_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; };
  if (top_k > 0 && top_k < width) {
    std::nth_element(ids.begin(), ids.begin() + top_k, ids.end(), before);
    ids.resize(static_cast<size_t>(top_k));
  }
  std::sort(ids.begin(), ids.end(), before);
  while (ids.size() > 1 && std::isinf(logits[ids.back()])) ids.pop_back();
  if (top_p >= 1) return ids;
  double total = 0, sum = 0;
  const float top = logits[ids.front()];
  for (const auto id : ids) total += std::exp(static_cast<double>(logits[id]) - top);
  size_t kept = 0;
  while (kept < ids.size() && sum < top_p * total) sum += std::exp(static_cast<double>(logits[ids[kept++]]) - top);
  ids.resize(std::max<size_t>(kept, 1));
  return ids;
}

int64_t draw_among(const std::vector<int64_t>& ids, const float* logits, double uniform) {
  const float top = logits[ids.front()];
  double total = 0;
  for (const auto id : ids) total += std::exp(static_cast<double>(logits[id]) - top);
  double sum = 0;
  for (const auto id : ids) {
    sum += std::exp(static_cast<double>(logits[id]) - top);
    if (sum > uniform * total) return id;
  }
  return ids.back();
}

void check_number(float logprob) {
  if (std::isnan(logprob)) throw NotANumber();
}

}  // namespace

Choice checked_choice(int64_t token, float logprob) {
  check_number(logprob);
  return {token, logprob};
}

Sampler::Sampler(Options options, int64_t vocab_size) : options_(std::move(options)), vocab_size_(vocab_size) {
  const auto& o = options_;
  if (o.temperature != 0) ops::check_temperature(o.temperature, "0, or ");
  SRVAU_REQUIRE(o.top_p > 0 && o.top_p <= 1, "top_p: expected a number above 0 and up to 1, received ", o.top_p);
  SRVAU_REQUIRE(o.top_k >= 0, "top_k: expected an integer from 0, received ", o.top_k);
  for (const auto id : o.suppressed) {
    SRVAU_REQUIRE(id >= 0 && id < vocab_size, "suppressed: expected token ids from 0 to ", vocab_size - 1,
                  ", received ", id);
  }
  SRVAU_REQUIRE(static_cast<int64_t>(o.suppressed.size()) < vocab_size,
                "suppressed: expected to leave at least one token, received all of them");
}

Choice Sampler::choose_row(float* logits, double uniform) const {
  const float scale = options_.temperature > 0 ? static_cast<float>(1 / options_.temperature) : 1.F;
  const auto& kernels = cpu::kernels();
  const float logsumexp = kernels.scale_and_logsumexp(logits, vocab_size_, scale, options_.suppressed.data(),
                                                      static_cast<int64_t>(options_.suppressed.size()), nullptr);
  check_number(logsumexp);
  int64_t token;
  if (options_.temperature == 0) {
    token = std::max_element(logits, logits + vocab_size_) - logits;
  } else if (options_.top_p >= 1 && (options_.top_k == 0 || options_.top_k >= vocab_size_)) {
    token = kernels.inverse_cdf(logits, vocab_size_, logsumexp, uniform);
  } else {
    token = draw_among(candidates_of(logits, vocab_size_, options_.top_k, options_.top_p), logits, uniform);
  }
  return {token, logits[token] - logsumexp};
}

std::vector<Choice> Sampler::choose(const at::Tensor& logits, const std::vector<double>& uniforms) const {
  if (!logits.device().is_cpu()) return choose_composed(logits, uniforms);
  std::vector<Choice> choices(uniforms.size());
  float* rows = logits.mutable_data_ptr<float>();
  at::parallel_for(0, logits.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto row = static_cast<size_t>(i);
      choices[row] = choose_row(rows + i * vocab_size_, uniforms[row]);
    }
  });
  return choices;
}

std::vector<Choice> Sampler::choose_composed(const at::Tensor& logits, const std::vector<double>& uniforms) const {
  const auto device = logits.device();
  const auto [on_device, logprobs] =
      choose_on_device(logits, at::tensor(uniforms, at::kDouble).to(device), suppressed_on(device));
  const auto tokens = on_device.to(at::kCPU), chosen = logprobs.to(at::kCPU);
  std::vector<Choice> choices;
  for (int64_t i = 0; i < tokens.size(0); ++i)
    choices.push_back(checked_choice(tokens.const_data_ptr<int64_t>()[i], chosen.const_data_ptr<float>()[i]));
  return choices;
}

at::Tensor Sampler::suppressed_on(at::Device device) const {
  return at::tensor(options_.suppressed, at::kLong).to(device);
}

std::pair<at::Tensor, at::Tensor> Sampler::choose_on_device(const at::Tensor& logits, const at::Tensor& uniforms,
                                                            const at::Tensor& suppressed) const {
  if (options_.temperature > 0 && options_.temperature != 1) logits.div_(options_.temperature);
  if (suppressed.numel() > 0) logits.index_fill_(1, suppressed, -INFINITY);
  const auto logprobs = logits.log_softmax(-1);  // (N, V)
  at::Tensor tokens;                             // (N)
  if (options_.temperature == 0) {
    tokens = logits.argmax(-1);
  } else {
    const bool cut = options_.top_p < 1 || (options_.top_k > 0 && options_.top_k < vocab_size_);
    auto probabilities = logprobs.to(at::kDouble).exp_();
    at::Tensor ids;
    if (cut) {
      const int64_t width = options_.top_k > 0 ? std::min(options_.top_k, vocab_size_) : vocab_size_;
      std::tie(probabilities, ids) = probabilities.sort(/*stable=*/true, -1, /*descending=*/true);
      probabilities = probabilities.narrow(1, 0, width);
      probabilities = probabilities / probabilities.sum(-1, true);
      // What comes before a candidate must not yet hold top_p.
      const auto earlier = probabilities.cumsum(-1) - probabilities;
      probabilities = probabilities.masked_fill(earlier >= options_.top_p, 0);
    }
    const auto cumulative = probabilities.cumsum(-1);
    const auto total = cumulative.narrow(1, cumulative.size(1) - 1, 1);  // (N, 1)
    const auto place = at::searchsorted(cumulative, uniforms.unsqueeze(1) * total, /*out_int32=*/false, /*right=*/true)
                           .clamp_max(cumulative.size(1) - 1);  // (N, 1)
    tokens = (cut ? ids.gather(1, place) : place).squeeze(1);
  }
  return {tokens, logprobs.gather(1, tokens.unsqueeze(1)).squeeze(1)};
}

}  // namespace srvau
