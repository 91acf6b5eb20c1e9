// What there is to measure on a GPU, in one program that needs nothing but libtorch; see native/README.md. With
// --device cpu and a small configuration it shows that it works itself.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <ATen/core/grad_mode.h>

#include "base/error.h"
#include "base/files.h"
#include "base/runtime_info.h"
#include "generate/generate.h"
#include "gpu/device.h"
#include "gpu/flops.h"
#include "gpu/memory_model.h"
#include "gpu/published.h"
#include "train/completion_logprobs.h"
#include "train/trainer.h"

using namespace srvau;

namespace {

constexpr int kNotRun = 77;
constexpr const char* kUsage =
    "Usage: srvau_gpu_check [--device cuda:0] [--config FILE.json] [--dtype bfloat16|float32] [--prompts 128]\n"
    "  [--samples 4] [--prompt-tokens 512] [--new-tokens 512] [--pass-tokens 16384] [--sft-sequences 64]\n"
    "\n"
    "A model with random weights, of the configuration of Qwen2.5-VL-3B unless another is given: replayed against\n"
    "launched decoding, tokens a second, the share of the rate of matrix products that an SFT step reaches, and the\n"
    "memory of a GRPO step with a frozen reference beside its estimate. Exit status: 0, 1 when something is wrong, 2\n"
    "for wrong usage, 77 without the device.\n";

struct Settings {
  std::string device = "cuda:0", config, dtype = "bfloat16";
  int64_t prompts = 128, samples = 4, prompt_tokens = 512, new_tokens = 512, pass_tokens = 16384, sft_sequences = 64;
};

Settings parse(int argc, char** argv) {
  Settings s;
  const auto number = [](const std::string& name, const char* text) {
    char* end = nullptr;
    const auto value = std::strtoll(text, &end, 10);
    SRVAU_REQUIRE(*end == 0 && value >= 1 && value <= 1 << 20, name, ": expected an integer from 1, received ", text);
    return static_cast<int64_t>(value);
  };
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    SRVAU_REQUIRE(i + 1 < argc, name, ": expected a value after it, or another option");
    const char* value = argv[i + 1];
    if (name == "--device") {
      s.device = value;
    } else if (name == "--config") {
      s.config = value;
    } else if (name == "--dtype") {
      s.dtype = value;
      SRVAU_REQUIRE(s.dtype == "bfloat16" || s.dtype == "float32", "--dtype: expected bfloat16 or float32, received ",
                    value);
    } else {
      auto* const target = name == "--prompts"         ? &s.prompts
                           : name == "--samples"       ? &s.samples
                           : name == "--prompt-tokens" ? &s.prompt_tokens
                           : name == "--new-tokens"    ? &s.new_tokens
                           : name == "--pass-tokens"   ? &s.pass_tokens
                           : name == "--sft-sequences" ? &s.sft_sequences
                                                       : nullptr;
      SRVAU_REQUIRE(target != nullptr, "expected an option, received ", name);
      *target = number(name, value);
    }
  }
  return s;
}

class Check {
 public:
  explicit Check(const Settings& settings)
      : settings_(settings),
        device_(settings.device),
        dtype_(settings.dtype == "float32" ? at::kFloat : at::kBFloat16),
        config_(settings.config.empty() ? parse_model_config(kConfigOf3B, "Qwen2.5-VL-3B")
                                        : parse_model_config(read_file(settings.config, 1 << 24), settings.config)) {}

  int run() {
    say("device", describe(device_));
    say("parameters", parameters_of(config_));
    multiply();
    policy_ = Model::random(config_, 1, {device_, dtype_});
    compare_replay();
    sft();
    grpo();
    return failed_ ? 1 : 0;
  }

 private:
  template <typename Value>
  void say(const char* what, const Value& value) const {
    std::printf("%-32s %s\n", what, c10::str(value).c_str());
    std::fflush(stdout);
  }

  void judge(const char* what, bool holds) {
    say(what, holds ? "yes" : "NO");
    failed_ = failed_ || !holds;
  }

  double seconds(const std::function<void()>& work) const {
    wait_for(device_);
    const auto start = std::chrono::steady_clock::now();
    work();
    wait_for(device_);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  std::vector<int64_t> text(int64_t tokens) {
    // Ids above these may be pads.
    std::uniform_int_distribution<int64_t> id(0,
                                              std::min<int64_t>(config_.text.vocab_size, config_.video_token_id) / 2);
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < tokens; ++i) ids.push_back(id(random_));
    return ids;
  }

  /** The rate that a step is held against: the best of the model's own product and of a square one. */
  void multiply() {
    const auto rate = [&](int64_t m, int64_t k, int64_t n) {
      const auto options = at::device(device_).dtype(dtype_);
      const auto a = at::randn({m, k}, options), b = at::randn({n, k}, options);
      auto out = at::empty({m, n}, options);
      std::vector<double> times;
      for (int i = 0; i < 23; ++i) {
        const double time = seconds([&] { at::mm_out(out, a, b.t()); });
        if (i >= 3) times.push_back(time);
      }
      std::nth_element(times.begin(), times.begin() + 10, times.end());
      return 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n) / times[10];
    };
    const int64_t rows = std::min<int64_t>(settings_.pass_tokens, 8192), side = 4 * config_.text.hidden_size;
    product_rate_ =
        std::max(rate(rows, config_.text.hidden_size, 2 * config_.text.intermediate_size), rate(side, side, side));
    say("matrix product, TFLOP/s", product_rate_ / 1e12);
  }

  std::vector<GenerateRequest> requests(int64_t prompts, int64_t samples, int64_t limit) {
    std::vector<GenerateRequest> all;
    // As a trained policy ends them: some early, most around the middle.
    std::normal_distribution<double> length(0.6 * static_cast<double>(limit), 0.2 * static_cast<double>(limit));
    uint64_t seed = 0;
    for (int64_t i = 0; i < prompts; ++i) {
      GenerateRequest request{{text(settings_.prompt_tokens), {}}, {}};
      for (int64_t j = 0; j < samples; ++j) {
        request.seeds.push_back(++seed);
        request.limits.push_back(std::clamp<int64_t>(std::llround(length(random_)), 1, limit));
      }
      all.push_back(std::move(request));
    }
    return all;
  }

  static double tokens_of(const std::vector<std::vector<Completion>>& all) {
    size_t sum = 0;
    for (const auto& samples : all)
      for (const auto& completion : samples) sum += completion.ids.size();
    return static_cast<double>(sum);
  }

  /** The same tokens whether a step is replayed or launched operator by operator. */
  void compare_replay() {
    const int64_t limit = std::min<int64_t>(settings_.new_tokens, 160);
    const auto some = requests(std::min<int64_t>(settings_.prompts, 8), settings_.samples, limit);
    GenerateOptions options{.sampling = {.max_new_tokens = limit}};
    options.decode = DecodePath::kBucketsEager;
    const auto launched = generate(*policy_, some, options);
    options.decode = DecodePath::kBuckets;
    const auto replayed = generate(*policy_, some, options);
    bool same = true;
    double apart = 0;
    for (size_t i = 0; i < some.size(); ++i) {
      for (size_t j = 0; j < launched[i].size(); ++j) {
        same = same && launched[i][j].ids == replayed[i][j].ids;
        const auto& a = launched[i][j].logprobs;
        const auto& b = replayed[i][j].logprobs;
        for (size_t t = 0; t < std::min(a.size(), b.size()); ++t)
          apart = std::max<double>(apart, std::abs(a[t] - b[t]));
      }
    }
    judge("replayed tokens as launched", same);
    say("replayed logprobs apart", apart);
  }

  void sft() {
    TrainerOptions options;
    options.recompute = true;
    options.max_tokens_per_pass = settings_.pass_tokens;
    Trainer trainer(policy_, options);
    const int64_t tokens = settings_.prompt_tokens + 1;
    std::vector<SftSample> samples;
    for (int64_t i = 0; i < settings_.sft_sequences; ++i) {
      auto ids = text(tokens);
      samples.push_back({{{ids.front()}, {}}, {ids.begin() + 1, ids.end()}, std::vector<float>(ids.size() - 1, 1.F)});
    }
    reset_peak(device_);
    double loss = 0;
    const auto step = [&] {
      loss = trainer.accumulate_sft(samples, total_weight(samples)).loss();
      trainer.step(1e-6);
    };
    seconds(step);
    const double time = std::min(seconds(step), seconds(step));
    const double rate = training_flops(config_.text, settings_.sft_sequences, tokens - 1) / time;
    say("SFT loss", loss);
    judge("SFT loss is a number", std::isfinite(loss));
    say("SFT step, seconds", time);
    say("SFT, TFLOP/s", rate / 1e12);
    say("SFT, share of the product rate", rate / product_rate_);
    say("SFT, peak GiB", static_cast<double>(peak_bytes(device_)) / (1 << 30));
  }

  void grpo() {
    const auto reference = Model::random(config_, 1, {device_, dtype_});
    TrainerOptions options;
    options.recompute = true;
    options.max_tokens_per_pass = settings_.pass_tokens;
    Trainer trainer(policy_, options);
    const auto all = requests(settings_.prompts, settings_.samples, settings_.new_tokens);
    reset_peak(device_);
    for (const bool recorded : {false, true}) {
      std::vector<std::vector<Completion>> completions;
      const double generating = seconds(
          [&] { completions = generate(*policy_, all, {.sampling = {.max_new_tokens = settings_.new_tokens}}); });
      const auto generating_peak = peak_bytes(device_);
      std::vector<RolloutGroup> groups;
      const double scoring = seconds([&] { groups = score(*reference, all, completions); });
      reset_peak(device_);
      const double updating = seconds([&] {
        trainer.accumulate_grpo(groups, {}, totals_of(groups));
        trainer.step(1e-6);
      });
      if (!recorded) continue;
      say("generation, tokens/s", tokens_of(completions) / generating);
      say("GRPO step, seconds", generating + scoring + updating);
      say("GRPO, of these generation", generating);
      say("GRPO, of these scoring", scoring);
      say("GRPO, of these update", updating);
      say("GRPO, peak GiB generating", static_cast<double>(generating_peak) / (1 << 30));
      say("GRPO, peak GiB updating", static_cast<double>(peak_bytes(device_)) / (1 << 30));
    }
    const auto estimate = estimate_memory(config_, {.dtype = dtype_,
                                                    .pass_tokens = settings_.pass_tokens,
                                                    .prompts = settings_.prompts,
                                                    .samples = settings_.samples,
                                                    .prompt_tokens = settings_.prompt_tokens,
                                                    .new_tokens = settings_.new_tokens});
    say("estimated GiB generating", static_cast<double>(estimate.generating()) / (1 << 30));
    say("estimated GiB updating", static_cast<double>(estimate.training()) / (1 << 30));
  }

  std::vector<RolloutGroup> score(const Model& reference, const std::vector<GenerateRequest>& all,
                                  const std::vector<std::vector<Completion>>& completions) const {
    std::vector<PromptGroup> prompts;
    for (size_t i = 0; i < all.size(); ++i) {
      prompts.push_back({all[i].prompt, {}});
      for (const auto& completion : completions[i]) prompts.back().completions.push_back(completion.ids);
    }
    const auto scores = completion_logprobs(reference, prompts, {.max_tokens = settings_.pass_tokens});
    std::vector<RolloutGroup> groups;
    for (size_t i = 0; i < all.size(); ++i) {
      groups.push_back({all[i].prompt, {}});
      for (size_t j = 0; j < completions[i].size(); ++j) {
        const auto& completion = completions[i][j];
        groups.back().rollouts.push_back(
            {completion.ids, j % 2 == 0 ? 1.0 : -1.0, completion.logprobs, scores[i][j], false});
      }
    }
    return groups;
  }

  Settings settings_;
  at::Device device_;
  at::ScalarType dtype_;
  ModelConfig config_;
  std::shared_ptr<Model> policy_;
  std::mt19937_64 random_{7};
  double product_rate_ = 0;
  bool failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  Settings settings;
  try {
    settings = parse(argc, argv);
  } catch (const Error& error) {
    std::fprintf(stderr, "srvau_gpu_check: %s\n\n%s", error.what(), kUsage);
    return 2;
  }
  try {
    const at::Device device(settings.device);
    if (device.is_cuda() && device.index() >= runtime_info().cuda_devices) {
      std::printf("not run: no CUDA device %d\n", static_cast<int>(device.index()));
      return kNotRun;
    }
    return Check(settings).run();
  } catch (...) {
    std::fprintf(stderr, "srvau_gpu_check: %s\n", current_error().what());
    return 1;
  }
}
