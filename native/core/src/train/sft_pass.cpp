#include <cmath>

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.h"
#include "train/passes.h"

namespace srvau {

SftStats& SftStats::operator+=(const SftStats& part) {
  loss_sum += part.loss_sum;
  weight_sum += part.weight_sum;
  tokens += part.tokens;
  entropy_sum += part.entropy_sum;
  return *this;
}

double total_weight(const std::vector<SftSample>& samples) {
  double sum = 0;
  for (const auto& sample : samples) {
    for (const auto weight : sample.weights) sum += weight;
  }
  return sum;
}

void check_samples(const std::vector<SftSample>& samples) {
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto& weights = samples[i].weights;
    SRVAU_REQUIRE(!samples[i].completion.empty(), "samples[", i,
                  "].completion: expected at least one token, received none");
    SRVAU_REQUIRE(weights.size() == samples[i].completion.size(), "samples[", i, "].weights: expected ",
                  samples[i].completion.size(), ", one for each token of the completion, received ", weights.size());
    for (size_t t = 0; t < weights.size(); ++t)
      SRVAU_REQUIRE(weights[t] >= 0 && weights[t] <= kMostNumber, "samples[", i, "].weights[", t,
                    "]: expected a number from 0 to ", kMostNumber, ", received ", weights[t]);
  }
}

SftStats sft_pass(const Model& model, const std::vector<SftSample>& samples, double normalizer,
                  const PassOptions& options) {
  c10::AutoGradMode gradients(true);
  std::vector<PromptGroup> groups;
  std::vector<float> weights;
  std::vector<int64_t> learned;  // tokens of weight above 0, among all of the completions
  int64_t token = 0;
  for (const auto& sample : samples) {
    groups.push_back({sample.prompt, {sample.completion}});
    for (const auto weight : sample.weights) {
      if (weight > 0) {
        learned.push_back(token);
        weights.push_back(weight);
      }
      ++token;
    }
  }
  if (learned.empty()) return {};

  const auto device = model.device();
  auto batch = pack(groups, model.config(), options.mrope, Scope::kCompletions, device);
  // The head is as large as the rest of a small model: it is applied only where something is learned.
  const auto rows = at::tensor(learned, at::kLong).to(device);
  batch.predict_rows = batch.predict_rows.index_select(0, rows);
  batch.targets = batch.targets.index_select(0, rows);
  const auto out = model.logprobs(batch, options.forward, options.softmax);
  const auto weight = at::tensor(weights, at::kFloat).to(device);  // (N)
  torch::autograd::backward({out.logprobs}, {weight / -normalizer});

  at::NoGradGuard none;
  const auto sums =
      at::stack({(out.logprobs * weight).sum(at::kDouble), weight.sum(at::kDouble), out.entropy.sum(at::kDouble)})
          .cpu();
  const auto* s = sums.const_data_ptr<double>();
  return {-s[0], s[1], weight.numel(), s[2]};
}

}  // namespace srvau
