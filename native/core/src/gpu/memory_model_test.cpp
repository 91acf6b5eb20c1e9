#include "gpu/memory_model.h"

#include "base/testing.h"
#include "generate/bucketed_cache.h"
#include "gpu/published.h"
#include "model/model.h"
#include "model/reference.h"
#include "train/optimizer.h"

using namespace srvau;
using srvau::testing::Reference;

namespace {

double gib(int64_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

}  // namespace

TEST(it_counts_every_parameter) {
  for (const auto& name : Reference::names()) {
    const auto config = read_model_config(Reference(name).checkpoint());
    const auto model = Model::random(config, 1, {});
    int64_t sum = 0;
    for (const auto& parameter : model->parameters()) sum += parameter.tensor.numel();
    EXPECT_EQ(parameters_of(config), sum);
  }
  // As published.
  EXPECT_EQ(parameters_of(parse_model_config(kConfigOf3B)), 3754622976);
}

TEST(it_counts_the_bytes_of_weights_and_optimizer) {
  const auto config = read_model_config(Reference("tied-gqa2-small-windows").checkpoint());
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto model = Model::random(config, 1, {at::kCPU, dtype});
    const AdamW optimizer(model->parameters(), {});
    int64_t weights = 0, state = 0;
    for (const auto& slot : optimizer.slots()) {
      weights += static_cast<int64_t>(slot.parameter.tensor.nbytes());
      state += static_cast<int64_t>(slot.exp_avg.nbytes() + slot.exp_avg_sq.nbytes());
      if (slot.has_own_master()) state += static_cast<int64_t>(slot.master.nbytes());
    }
    const auto estimate = estimate_memory(config, {.dtype = dtype});
    EXPECT_EQ(estimate.weights, weights);
    EXPECT_EQ(estimate.optimizer, state);
  }
}

TEST(it_counts_the_bytes_of_the_cache) {
  const auto config = read_model_config(Reference("untied-gqa4-several-videos").checkpoint());
  const GrpoWorkload workload{.prompts = 3, .samples = 3, .prompt_tokens = 130, .new_tokens = 100};
  BucketedCache cache(config.text, at::kBFloat16);
  auto prompt = std::make_shared<PromptCache>();
  for (int64_t i = 0; i < config.text.num_hidden_layers; ++i)
    prompt->layers.push_back(
        at::zeros({130, 2 * config.text.num_key_value_heads, config.text.head_dim()}, at::kBFloat16));
  for (int i = 0; i < 3; ++i) cache.join(prompt, 3);
  cache.prepare();
  EXPECT_EQ(cache_bytes(config.text, workload), cache.bytes());
}

TEST(a_step_of_3b_with_128_prompts_of_4_samples_fits_into_96_gib) {
  const auto config = parse_model_config(kConfigOf3B);
  const auto m = estimate_memory(config, {.pass_patches = 16384, .prompt_tokens = 1024, .new_tokens = 512});
  std::printf(
      "     GiB: weights %.1f, reference %.1f, optimizer %.1f; gradients %.1f, activations %.1f, logits %.1f; cache "
      "%.1f, decoding %.1f; training %.1f, generating %.1f\n",
      gib(m.weights), gib(m.reference), gib(m.optimizer), gib(m.gradients), gib(m.activations), gib(m.logits),
      gib(m.cache), gib(m.decoding), gib(m.training()), gib(m.generating()));
  EXPECT(gib(m.peak()) < 96);
  // Without recomputing it would not, and a copy of the prompt for each sample would be 13 GiB more.
  EXPECT(gib(estimate_memory(config, {.recompute = false}).training()) > 96);
}

SRVAU_TEST_MAIN()
