#include "generate/bucketed_decode.h"

#include <cmath>

#include <ATen/core/grad_mode.h>

#include "base/testing.h"
#include "generate/generate.h"
#include "generate/generate_testing.h"

using namespace srvau;
using srvau::testing::Reference;
using srvau::testing::requests_of;

namespace {

using Completions = std::vector<std::vector<Completion>>;

/** Tokens are the same and log-probabilities within 1e-5. */
void expect_alike(const Completions& actual, const Completions& wanted) {
  EXPECT_EQ(actual.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    for (size_t j = 0; j < wanted[i].size(); ++j) {
      EXPECT_EQ(actual[i][j].ids, wanted[i][j].ids);
      EXPECT_EQ(actual[i][j].finish == FinishReason::kStop, wanted[i][j].finish == FinishReason::kStop);
      EXPECT_NEAR(at::tensor(actual[i][j].logprobs), at::tensor(wanted[i][j].logprobs), 1e-5);
    }
  }
}

/** Rows as BucketedCache has them at places, and what it gives for them. */
struct Rows {
  BucketedCache cache;
  int64_t moves = 0;

  at::Tensor step(const std::vector<at::Tensor>& by_layer, std::vector<at::Tensor>& outputs) {
    if (cache.prepare()) ++moves;
    std::vector<int64_t> places;
    const auto lengths = at::zeros({cache.places()}, at::kLong);
    for (size_t i = 0; i < cache.rows(); ++i) {
      places.push_back(cache.place(i));
      lengths[cache.place(i)] = cache.length(i);
    }
    const auto index = at::tensor(places, at::kLong);
    const auto step = cache.begin_step(lengths);
    for (size_t layer = 0; layer < by_layer.size(); ++layer) {
      const auto& qkv = by_layer[layer];
      // Idle places hold anything at all.
      auto staged = at::full({cache.places(), qkv.size(1), qkv.size(2)}, 3.0);
      staged.index_copy_(0, index, qkv);
      outputs.push_back(cache.attend(layer, staged, step).index_select(0, index));
    }
    cache.advance();
    return index;
  }
};

}  // namespace

TEST(buckets_are_few_and_at_most_half_as_large_again) {
  int64_t count = 0, last = 0;
  for (int64_t rows = 1; rows <= 2048; ++rows) {
    const auto bucket = bucket_of(rows);
    EXPECT(bucket >= rows && bucket >= last);
    EXPECT(bucket < 2 * rows && (rows <= 64 || 2 * bucket < 3 * rows));
    count += bucket != last;
    last = bucket;
  }
  EXPECT_EQ(bucket_of(512), 512);
  EXPECT_EQ(bucket_of(380), 384);
  EXPECT(count <= 17);
}

TEST(it_attends_as_the_row_kernels_do_while_rows_join_and_leave) {
  const TextConfig config{.vocab_size = 1,
                          .hidden_size = 48,
                          .intermediate_size = 1,
                          .num_hidden_layers = 2,
                          .num_attention_heads = 4,
                          .num_key_value_heads = 2,
                          .max_position_embeddings = 1,
                          .rms_norm_eps = 1,
                          .rope_theta = 1,
                          .mrope_section = {2, 2, 2}};
  const auto reference = make_shared_prompt_cache(config);
  Rows rows{BucketedCache(config, at::kFloat)};
  auto generator = at::globalContext().defaultGenerator(at::kCPU).clone();
  generator.set_current_seed(5);
  const auto draw = [&](int64_t count, int64_t heads) { return at::randn({count, heads, 12}, generator); };
  int64_t count = 0;
  const auto join = [&](int64_t length, int64_t samples) {
    auto prompt = std::make_shared<PromptCache>();
    for (int layer = 0; layer < 2; ++layer) prompt->layers.push_back(draw(length, 4));
    reference->join(prompt, samples);
    rows.cache.join(prompt, samples);
    count += samples;
  };
  const auto keep = [&](const std::vector<int64_t>& kept) {
    reference->keep(kept);
    rows.cache.keep(kept);
    count = static_cast<int64_t>(kept.size());
  };
  const auto steps = [&](int number) {
    for (int i = 0; i < number; ++i) {
      const std::vector<at::Tensor> qkv{draw(count, 8), draw(count, 8)};
      std::vector<at::Tensor> outputs;
      rows.step(qkv, outputs);
      for (size_t layer = 0; layer < 2; ++layer)
        EXPECT_NEAR(outputs[layer], reference->attend(layer, qkv[layer]), 2e-6);
    }
  };
  join(5, 3);
  steps(3);
  join(130, 2);
  join(1, 4);
  steps(4);
  EXPECT_EQ(rows.moves, 2);
  const auto before = rows.cache.bytes();
  // Nine rows in a bucket of 16: down to 9 nothing moves; in the end the second prompt has no reader.
  keep({8, 0, 1, 2, 5, 6, 7, 3});
  steps(2);
  keep({0, 3, 1});
  steps(2);
  EXPECT_EQ(rows.moves, 4);
  EXPECT_EQ(rows.cache.places(), 4);
  EXPECT(rows.cache.bytes() < before / 2);
  // Past the room that a row begins with, and one that leaves before its first step.
  steps(130);
  join(2, 2);
  keep({0, 2, 4});
  steps(3);
  keep({});
  join(7, 1);
  steps(2);
}

TEST(a_prompt_is_stored_once_for_all_its_samples) {
  const TextConfig config{.vocab_size = 1,
                          .hidden_size = 16,
                          .intermediate_size = 1,
                          .num_hidden_layers = 1,
                          .num_attention_heads = 2,
                          .num_key_value_heads = 1,
                          .max_position_embeddings = 1,
                          .rms_norm_eps = 1,
                          .rope_theta = 1,
                          .mrope_section = {1, 1, 2}};
  BucketedCache cache(config, at::kBFloat16);
  auto prompt = std::make_shared<PromptCache>();
  prompt->layers.push_back(at::zeros({1000, 2, 8}, at::kBFloat16));
  cache.join(prompt, 64);
  EXPECT(cache.prepare());
  // 1024 positions of the prompt and 128 of each row; keys and values of 8 numbers, 2 bytes each.
  EXPECT_EQ(cache.bytes(), (1024 + 64 * 128) * 2 * 8 * 2);
  EXPECT(!cache.prepare());
}

// On CUDA: what is replayed against what is launched.
TEST(it_generates_what_the_row_kernels_do) {
  for (const auto& name : {"tied-gqa2-small-windows", "untied-gqa4-several-videos", "text-only"}) {
    const Reference reference(name);
    const auto model = Model::load(reference.checkpoint(), {srvau::testing::device(), at::kFloat});
    for (const auto& sampling :
         {SamplingOptions{.max_new_tokens = 135, .stop_tokens = {3, 4, 5, 6, 7}},
          SamplingOptions{.temperature = 0, .max_new_tokens = 40},
          SamplingOptions{.temperature = 0.7, .top_p = 0.8, .top_k = 30, .max_new_tokens = 40}}) {
      for (const int64_t max_sequences : {0, 5}) {
        GenerateOptions options{.sampling = sampling, .mrope = reference.mrope(), .max_sequences = max_sequences};
        auto requests = requests_of(reference, {1, 2, 3, 1});
        requests[0].seeds = {7, 8};
        options.decode = model->device().is_cpu() ? DecodePath::kRowKernels : DecodePath::kBucketsEager;
        const auto wanted = generate(*model, requests, options);
        options.decode = DecodePath::kBuckets;
        expect_alike(generate(*model, requests, options), wanted);
      }
    }
  }
}

TEST(weights_that_are_no_numbers_are_told) {
  const Reference reference("text-only");
  const auto model = Model::load(reference.checkpoint(), {srvau::testing::device(), at::kFloat});
  model->parameters().back().tensor.fill_(NAN);
  EXPECT_ERROR(
      ErrorCode::kCheckpoint, "expected finite weights, received nan",
      generate(*model, requests_of(reference, {1}), {.mrope = reference.mrope(), .decode = DecodePath::kBuckets}));
}

TEST(bfloat16_stays_near_the_row_kernels) {
  const Reference reference("published-layout");
  const auto model = Model::load(reference.checkpoint(), {srvau::testing::device(), at::kBFloat16});
  GenerateOptions options{.sampling = {.max_new_tokens = 2}, .mrope = reference.mrope()};
  const auto requests = requests_of(reference, {1, 2});
  const auto wanted = generate(*model, requests, options);
  options.decode = DecodePath::kBuckets;
  const auto completions = generate(*model, requests, options);
  for (size_t i = 0; i < wanted.size(); ++i) {
    for (size_t j = 0; j < 2; ++j) {
      if (completions[i][j].ids == wanted[i][j].ids)
        EXPECT_NEAR(at::tensor(completions[i][j].logprobs), at::tensor(wanted[i][j].logprobs), 2e-2);
    }
  }
}

SRVAU_TEST_MAIN()
