#include "generate/generate.h"

#include <cmath>
#include <map>

#include <ATen/core/grad_mode.h>

#include "base/testing.h"
#include "generate/generate_testing.h"
#include "generate/random.h"
#include "generate/sampler.h"

using namespace srvau;
using srvau::testing::Reference;
using srvau::testing::requests_of;

namespace {

const ModelOptions kFloat32{srvau::testing::device(), at::kFloat};

struct Case {
  GenerateRequest request;
  std::vector<int64_t> tokens;
  std::vector<double> logprobs;
  bool stopped;
};

struct GreedyReference {
  GenerateOptions options;
  std::vector<Case> cases;
};

std::vector<int64_t> integers(const JsonField& field) {
  std::vector<int64_t> values;
  for (const auto& item : field.items()) values.push_back(item.integer(0, 1 << 20));
  return values;
}

GreedyReference greedy_reference(const Reference& reference) {
  const auto json = reference.parse("generate.json");
  const JsonField root(json, "generate.json");
  GreedyReference result;
  result.options.mrope = reference.mrope();
  result.options.sampling = {.temperature = 0,
                             .max_new_tokens = root["max_new_tokens"].integer(1, 1000),
                             .stop_tokens = integers(root["eos_token_ids"]),
                             .suppressed = integers(root["suppress_tokens"])};
  for (const auto& entry : root["prompts"].items()) {
    auto prompt = reference.sequences()[static_cast<size_t>(entry["sequence"].integer(0, 99))].prompt;
    prompt.ids.resize(static_cast<size_t>(entry["length"].integer(1, 9999)));
    prompt.clips.resize(static_cast<size_t>(entry["vision_spans"].integer(0, 99)));
    Case one{{prompt, {0}}, integers(entry["tokens"]), {}, entry["finish"].string() == "stop"};
    for (const auto& value : entry["logprobs"].items()) one.logprobs.push_back(value.number());
    result.cases.push_back(std::move(one));
  }
  return result;
}

std::vector<std::string> greedy_names() {
  std::vector<std::string> names;
  for (const auto& name : Reference::names())
    if (std::filesystem::exists(Reference::root() / name / "generate.json")) names.push_back(name);
  return names;
}

}  // namespace

TEST(greedy_tokens_are_those_of_transformers) {
  EXPECT(greedy_names().size() >= 3);
  for (const auto& name : greedy_names()) {
    const Reference reference(name);
    const auto model = Model::load(reference.checkpoint(), kFloat32);
    const auto greedy = greedy_reference(reference);
    std::vector<GenerateRequest> requests;
    for (const auto& one : greedy.cases) requests.push_back(one.request);
    for (const auto path : {DecodePath::kOfDevice, DecodePath::kBuckets}) {
      auto options = greedy.options;
      options.decode = path;
      const auto completions = generate(*model, requests, options);
      for (size_t i = 0; i < greedy.cases.size(); ++i) {
        const auto& one = completions[i][0];
        EXPECT_EQ(one.ids, greedy.cases[i].tokens);
        EXPECT_EQ(one.finish == FinishReason::kStop, greedy.cases[i].stopped);
        if (one.ids.size() != greedy.cases[i].logprobs.size()) continue;
        for (size_t j = 0; j < one.ids.size(); ++j)
          EXPECT(std::abs(one.logprobs[j] - greedy.cases[i].logprobs[j]) < 1e-4);
      }
    }
  }
}

TEST(a_sample_depends_on_its_prompt_and_seed_and_nothing_else) {
  for (const auto& name : {"tied-gqa2-small-windows", "untied-gqa4-several-videos"}) {
    const Reference reference(name);
    const auto model = Model::load(reference.checkpoint(), kFloat32);
    GenerateOptions options{.sampling = {.max_new_tokens = 70, .stop_tokens = {3, 4, 5, 6, 7}},
                            .mrope = reference.mrope()};
    const auto together = generate(*model, requests_of(reference, {1, 2, 3, 1}), options);
    options.max_sequences = 3;
    const auto in_turns = generate(*model, requests_of(reference, {1, 2, 3, 1}), options);
    bool early = false, differing = false;
    for (size_t i = 0; i < together.size(); ++i) {
      for (size_t j = 0; j < 4; ++j) {
        const auto alone = generate(*model, {{requests_of(reference, {j == 3 ? 1 : j + 1})[i]}}, options);
        EXPECT_EQ(together[i][j].ids, alone[0][0].ids);
        EXPECT_EQ(in_turns[i][j].ids, alone[0][0].ids);
        early = early || together[i][j].finish == FinishReason::kStop;
      }
      EXPECT_EQ(together[i][0].ids, together[i][3].ids);
      differing = differing || together[i][0].ids != together[i][1].ids;
    }
    EXPECT(early);
    EXPECT(differing);
  }
}

TEST(logprobs_are_those_that_training_computes) {
  const Reference reference("untied-mha-large-windows");
  const auto model = Model::load(reference.checkpoint(), kFloat32);
  const auto& config = model->config();
  const auto requests = requests_of(reference, {1, 2, 3});
  const GenerateOptions options{
      .sampling = {.temperature = 0.8, .top_p = 0.9, .top_k = 40, .max_new_tokens = 40, .suppressed = {9}},
      .mrope = reference.mrope()};
  const auto completions = generate(*model, requests, options);
  std::vector<PromptGroup> groups;
  std::vector<float> sampled;
  for (size_t i = 0; i < requests.size(); ++i) {
    groups.push_back({requests[i].prompt, {}});
    for (const auto& completion : completions[i]) {
      groups.back().completions.push_back(completion.ids);
      sampled.insert(sampled.end(), completion.logprobs.begin(), completion.logprobs.end());
      for (const auto id : completion.ids)
        EXPECT(id != 9 && id != config.video_token_id && id != config.image_token_id);
    }
  }
  at::NoGradGuard none;
  std::vector<int64_t> suppressed{9, config.image_token_id, config.video_token_id};
  std::sort(suppressed.begin(), suppressed.end());
  const auto scored = model->logprobs(pack(groups, config, reference.mrope(), Scope::kCompletions, model->device()), {},
                                      {.temperature = 0.8, .suppressed = suppressed});
  EXPECT_NEAR(at::tensor(sampled), scored.logprobs, 1e-5);
}

TEST(samples_follow_the_distribution) {
  const int64_t width = 37;
  const auto logits = at::linspace(-2, 2, width).unsqueeze(0);
  struct Setting {
    Sampler::Options options;
    at::Tensor expected;
  };
  const auto p = (logits / 0.7).softmax(-1).squeeze(0);
  auto top5 = at::zeros_like(p);
  top5.slice(0, width - 5).copy_(p.slice(0, width - 5));
  auto nucleus = p.clone();
  // Ascending: what all above it already fill 0.6 is cut.
  const auto above = p.sum() - p.cumsum(0);
  nucleus.masked_fill_(above >= 0.6, 0);
  auto without = p.clone();
  without.slice(0, width - 1).zero_();
  for (const auto& [options, unnormalised] :
       {Setting{{.temperature = 0.7}, p}, Setting{{.temperature = 0.7, .top_k = 5}, top5},
        Setting{{.temperature = 0.7, .top_p = 0.6}, nucleus},
        Setting{{.temperature = 0.7, .suppressed = {width - 1}}, without}}) {
    const auto expected = unnormalised / unnormalised.sum();
    const Sampler sampler(options, width);
    const int draws = 40000;
    auto counts = at::zeros({width}, at::kDouble);
    int agreed = 0;
    for (int i = 0; i < draws; i += 1000) {
      std::vector<double> uniforms;
      for (int j = 0; j < 1000; ++j) uniforms.push_back(uniform_at(11, static_cast<uint64_t>(i + j)));
      const auto fused = sampler.choose(logits.expand({1000, width}).contiguous(), uniforms);
      const auto composed = sampler.choose_composed(logits.expand({1000, width}).contiguous(), uniforms);
      for (size_t j = 0; j < 1000; ++j) {
        counts[fused[j].token] += 1;
        if (fused[j].token == composed[j].token) ++agreed;
      }
    }
    const auto wanted = expected.to(at::kDouble) * draws;
    const auto possible = wanted > 0;
    EXPECT_EQ((counts * possible.logical_not()).sum().item<double>(), 0.0);
    const auto chi2 =
        ((counts - wanted).square() / wanted.clamp_min(1e-30)).masked_select(possible).sum().item<double>();
    // 99.99 % point for at most 36 degrees of freedom.
    EXPECT(chi2 < 77);
    // Random numbers at the very edge of a token's share may fall either way.
    EXPECT(agreed > draws - 20);
  }
}

TEST(greedy_takes_the_lowest_of_equals_and_the_uniform_numbers_are_uniform) {
  const Sampler sampler({.temperature = 0}, 5);
  EXPECT_EQ(sampler.choose(at::tensor({1.F, 3.F, 3.F, 0.F, 3.F}).unsqueeze(0), {0.9})[0].token, 1);
  double sum = 0, square = 0;
  for (uint64_t i = 0; i < 10000; ++i) {
    const double u = uniform_at(i / 100, i % 100);
    EXPECT(u >= 0 && u < 1);
    sum += u;
    square += u * u;
  }
  EXPECT(std::abs(sum / 10000 - 0.5) < 0.015 && std::abs(square / 10000 - 1.0 / 3) < 0.015);
}

TEST(every_token_is_told_in_order_and_a_cancel_ends_it) {
  const Reference reference("text-only");
  const auto model = Model::load(reference.checkpoint(), kFloat32);
  const GenerateOptions options{.sampling = {.max_new_tokens = 30}, .mrope = reference.mrope()};
  const auto requests = requests_of(reference, {1, 2});
  std::map<std::pair<size_t, size_t>, std::vector<int64_t>> told;
  const auto completions = generate(*model, requests, options, nullptr, [&](size_t i, size_t j, int64_t token, float) {
    told[{i, j}].push_back(token);
  });
  for (size_t i = 0; i < requests.size(); ++i)
    for (size_t j = 0; j < 2; ++j) EXPECT_EQ((told[{i, j}]), completions[i][j].ids);

  const auto cancel = std::make_shared<CancelToken>();
  int count = 0;
  EXPECT_ERROR(ErrorCode::kCancelled, "cancelled",
               generate(*model, requests, options, cancel, [&](size_t, size_t, int64_t, float) {
                 if (++count == 20) cancel->cancel();
               }));
  EXPECT(count < 20 + 2 * static_cast<int>(requests.size()));
}

TEST(bfloat16_generates) {
  const Reference reference("published-layout");
  const auto model = Model::load(reference.checkpoint(), {srvau::testing::device(), at::kBFloat16});
  const auto completions = generate(*model, requests_of(reference, {1, 2}),
                                    {.sampling = {.max_new_tokens = 20}, .mrope = reference.mrope()});
  for (const auto& samples : completions)
    for (const auto& completion : samples) EXPECT_EQ(completion.ids.size(), size_t{20});
}

TEST(requests_that_cannot_be_are_refused_by_name) {
  const Reference reference("text-only");
  const auto model = Model::load(reference.checkpoint(), kFloat32);
  const auto good = requests_of(reference, {1});
  const auto with = [&](SamplingOptions sampling) {
    generate(*model, good, {.sampling = sampling, .mrope = reference.mrope()});
  };
  using enum ErrorCode;
  EXPECT_ERROR(kInvalidArgument, "temperature: expected", with({.temperature = -1}));
  EXPECT_ERROR(kInvalidArgument, "temperature: expected", with({.temperature = NAN}));
  EXPECT_ERROR(kInvalidArgument, "temperature: expected 0, or a number from 1e-06 to 1e+06, received 1e-40",
               with({.temperature = 1e-40}));
  EXPECT_ERROR(kInvalidArgument, "temperature: expected 0, or a number", with({.temperature = 1e300}));
  EXPECT_ERROR(kInvalidArgument, "top_p: expected", with({.top_p = 0}));
  EXPECT_ERROR(kInvalidArgument, "top_k: expected", with({.top_k = -1}));
  EXPECT_ERROR(kInvalidArgument, "max_new_tokens: expected", with({.max_new_tokens = 0}));
  EXPECT_ERROR(kInvalidArgument, "suppressed: expected token ids", with({.suppressed = {-1}}));
  EXPECT_ERROR(kInvalidArgument, "requests[0].seeds", generate(*model, {{good[0].prompt, {}}}, {}));
  auto second = good[0];
  second.prompt.ids[1] = -1;
  // Refused before anything is computed, and by its place among all, not in the batch that it would be in.
  EXPECT_ERROR(kInvalidArgument, "requests[2].prompt.ids[1]: expected a token id from 0",
               generate(*model, {good[0], good[0], second}, {.mrope = reference.mrope(), .max_sequences = 1}));
  const auto limited = [&](std::vector<int64_t> limits) {
    return generate(*model, {{good[0].prompt, {1, 2}, std::move(limits)}},
                    {.sampling = {.max_new_tokens = 9}, .mrope = reference.mrope()});
  };
  EXPECT_EQ(limited({3, 9})[0][0].ids.size(), size_t{3});
  EXPECT_EQ(limited({3, 9})[0][1].ids.size(), size_t{9});
  EXPECT_ERROR(kInvalidArgument, "limits: expected 2", limited({3}));
  EXPECT_ERROR(kInvalidArgument, "limits[1]: expected an integer from 1 to max_new_tokens, received 10",
               limited({3, 10}));
  auto diverged = Model::load(reference.checkpoint(), kFloat32);
  diverged->parameters().back().tensor.fill_(NAN);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "expected finite weights, received nan as value 0",
               generate(*diverged, good, {.mrope = reference.mrope()}));
  diverged->parameters().back().tensor.fill_(3e38);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "although all weights are finite; the largest is 3e+38 in ",
               generate(*diverged, good, {.mrope = reference.mrope()}));
  // A sequence ends where the model's positions do.
  const auto limit = model->config().text.max_position_embeddings;
  auto longest = good[0];
  longest.prompt.ids.assign(static_cast<size_t>(limit - 2), 5);
  EXPECT_EQ(
      generate(*model, {longest}, {.sampling = {.max_new_tokens = 50}, .mrope = reference.mrope()})[0][0].ids.size(),
      size_t{2});
  longest.prompt.ids.resize(static_cast<size_t>(limit), 5);
  EXPECT_ERROR(kInvalidArgument, "expected fewer than", generate(*model, {longest}, {.mrope = reference.mrope()}));
  EXPECT(generate(*model, {}, {}).empty());
}

SRVAU_TEST_MAIN()
