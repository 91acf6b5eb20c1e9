// The model against transformers, and against itself in other arrangements.
#include <cstdlib>
#include <filesystem>

#include <ATen/core/grad_mode.h>

#include "base/temp_dir.h"
#include "base/testing.h"
#include "model/model.h"
#include "model/reference.h"

using namespace srvau;
using srvau::testing::Reference;

namespace {

const ModelOptions kFloat32{srvau::testing::device(), at::kFloat};

at::Tensor logits_of(const Model& model, const PackedBatch& batch) {
  at::NoGradGuard none;
  return at::mm(model.hidden(batch, {}), model.decoder().head().t());
}

}  // namespace

TEST(logits_states_and_positions_are_those_of_transformers) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto model = Model::load(reference.checkpoint(), kFloat32);
    // All sequences in one packed batch; transformers ran each alone.
    const auto batch =
        pack(reference.groups(), model->config(), reference.mrope(), Scope::kEverything, srvau::testing::device());
    at::NoGradGuard none;
    const auto states = model->hidden(batch, {});
    const auto logits = at::mm(states, model->decoder().head().t());
    int64_t row = 0;
    for (size_t i = 0; i < reference.sequences().size(); ++i) {
      const auto length = static_cast<int64_t>(reference.sequences()[i].prompt.ids.size());
      const auto at = c10::str(".", i);
      EXPECT(at::equal(batch.positions.narrow(1, row, length).cpu(), reference.expected("positions" + at)));
      EXPECT_NEAR(states.narrow(0, row, length), reference.expected("hidden" + at), 1e-5);
      EXPECT_NEAR(logits.narrow(0, row, length), reference.expected("logits" + at), 1e-5);
      row += length;
    }
  }
}

TEST(vision_features_are_those_of_transformers) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto model = Model::load(reference.checkpoint(), kFloat32);
    at::NoGradGuard none;
    for (size_t i = 0; i < reference.sequences().size(); ++i) {
      std::vector<at::Tensor> pixels;
      std::vector<Grid> grids;
      for (const auto& clip : reference.sequences()[i].prompt.clips) {
        pixels.push_back(clip->pixels);
        grids.push_back(clip->span.grid);
      }
      if (grids.empty()) continue;
      EXPECT_NEAR(model->vision().forward(at::cat(pixels), grids, false), reference.expected(c10::str("vision.", i)),
                  1e-5);
    }
  }
}

TEST(token_logprobs_are_those_of_transformers) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto model = Model::load(reference.checkpoint(), kFloat32);
    const auto batch =
        pack(reference.groups(), model->config(), reference.mrope(), Scope::kEverything, srvau::testing::device());
    at::NoGradGuard none;
    std::vector<at::Tensor> expected;
    for (size_t i = 0; i < reference.sequences().size(); ++i)
      expected.push_back(reference.expected(c10::str("logprobs.", i)).slice(0, 1));
    EXPECT_NEAR(model->logprobs(batch, {}, {}).logprobs, at::cat(expected), 1e-5);
  }
}

TEST(bfloat16_is_as_close_as_that_of_transformers) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    const auto model = Model::load(reference.checkpoint(), {srvau::testing::device(), at::kBFloat16});
    const auto batch =
        pack(reference.groups(), model->config(), reference.mrope(), Scope::kEverything, srvau::testing::device());
    const auto logits = logits_of(*model, batch);
    double worst = 0;
    int64_t row = 0;
    for (size_t i = 0; i < reference.sequences().size(); ++i) {
      const auto expected = reference.expected(c10::str("logits.", i));
      worst = std::max(worst, srvau::testing::relative_error(logits.narrow(0, row, expected.size(0)), expected));
      row += expected.size(0);
    }
    EXPECT(worst <= 1.5 * reference.expected("bf16_logits_error").item<double>());
  }
}

TEST(a_mapped_checkpoint_gives_what_a_loaded_one_does) {
  for (const auto& name : Reference::names()) {
    const Reference reference(name);
    if (name == "tied-gqa4-fractional-seconds") {
      EXPECT_ERROR(ErrorCode::kUnsupported, "float32 or bfloat16", Model::map(reference.checkpoint()));
      continue;
    }
    const auto mapped = Model::map(reference.checkpoint());
    const auto loaded = Model::load(reference.checkpoint(), {at::kCPU, mapped->dtype()});
    const auto batch = pack(reference.groups(), loaded->config(), reference.mrope(), Scope::kEverything, at::kCPU);
    EXPECT_NEAR(logits_of(*mapped, batch), logits_of(*loaded, batch), mapped->dtype() == at::kFloat ? 1e-6 : 2e-2);
    EXPECT(mapped->parameters().empty());
  }
}

TEST(completions_that_share_their_prompt_are_as_if_alone) {
  const Reference reference("untied-gqa4-several-videos");
  const auto model = Model::load(reference.checkpoint(), kFloat32);
  const auto& config = model->config();
  at::NoGradGuard none;
  std::vector<PromptGroup> groups, alone;
  for (const auto& sequence : reference.sequences()) {
    groups.push_back({sequence.prompt, {{5, 6, 7}, {8}, {9, 10, 11}, {12, 13, 14, 15}}});
    for (const auto& completion : groups.back().completions) alone.push_back({sequence.prompt, {completion}});
  }
  const auto shared = pack(groups, config, reference.mrope(), Scope::kCompletions, srvau::testing::device());
  const auto together = model->logprobs(shared, {}, {}).logprobs;
  std::vector<at::Tensor> single;
  for (const auto& group : alone)
    single.push_back(
        model->logprobs(pack({group}, config, reference.mrope(), Scope::kCompletions, srvau::testing::device()), {}, {})
            .logprobs);
  EXPECT_NEAR(together, at::cat(single), 1e-5);
  // The prompt's rows and its clips are there once.
  int64_t rows = 0;
  for (const auto& group : groups) rows += static_cast<int64_t>(group.prompt.ids.size()) + 11;
  EXPECT_EQ(shared.tokens(), rows);
  size_t clips = 0;
  for (const auto& group : groups) clips += group.prompt.clips.size();
  EXPECT_EQ(shared.clips.size(), clips);
  EXPECT_EQ(pack(alone, config, reference.mrope(), Scope::kCompletions, srvau::testing::device()).clips.size(), clips);
}

TEST(batches_that_cannot_be_are_refused_by_name) {
  const Reference reference("tied-gqa2-small-windows");
  const auto model = Model::load(reference.checkpoint(), kFloat32);
  const auto try_pack = [&](std::vector<PromptGroup> groups) {
    pack(groups, model->config(), reference.mrope(), Scope::kCompletions, srvau::testing::device());
  };
  const auto good = reference.groups()[0];
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "groups: expected at least one", try_pack({}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "groups[1].prompt.ids: expected at least one token",
               try_pack({good, {{{}, {}}, {}}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "groups[0].prompt.ids[1]: expected a token id from 0",
               try_pack({{{{1, 100000}, {}}, {}}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "groups[0].completions[1]: expected at least one token",
               try_pack({{good.prompt, {{1}, {}}}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "received the pad token",
               try_pack({{good.prompt, {{1, model->config().video_token_id}}}}));
  auto wrong = good;
  wrong.prompt.clips.pop_back();
  EXPECT(!srvau::testing::message_of(ErrorCode::kInvalidArgument, [&] { try_pack({wrong}); }).empty());
  auto cut = std::make_shared<Clip>(*good.prompt.clips[0]);
  cut->pixels = cut->pixels.narrow(0, 0, 4);
  wrong.prompt.clips = {cut};
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "clips[0].pixels: expected (", try_pack({wrong}));
  const auto limit = model->config().text.max_position_embeddings;
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "with its prompt, received",
               try_pack({{good.prompt, {std::vector<int64_t>(static_cast<size_t>(limit), 1)}}}));
}

TEST(weights_that_are_not_finite_are_refused_when_they_are_read) {
  const auto model = Model::load(Reference("text-only").checkpoint(), kFloat32);
  const srvau::testing::TempDir dir;
  const auto& parameter = model->parameters().front();
  for (const float bad : {NAN, INFINITY, 3.4e38F}) {
    parameter.tensor.detach().view(-1)[5] = bad;
    model->save((dir.path() / "m").string(), "", at::kFloat);
    const auto load = [&](at::ScalarType dtype) { Model::load((dir.path() / "m").string(), {at::kCPU, dtype}); };
    if (bad == 3.4e38F) {
      load(at::kFloat);  // a number there, but not in bfloat16
      EXPECT_ERROR(ErrorCode::kCheckpoint, ": expected finite weights in BFloat16, received 3.4e+38 as value 5",
                   load(at::kBFloat16));
    } else {
      EXPECT_ERROR(ErrorCode::kCheckpoint, parameter.slices.front().name + ": expected finite weights, received ",
                   load(at::kFloat));
    }
  }
}

TEST(random_weights_depend_on_the_seed_alone) {
  const auto config = read_model_config(Reference("tied-gqa2-small-windows").checkpoint());
  const auto a = Model::random(config, 7, kFloat32), b = Model::random(config, 7, kFloat32),
             c = Model::random(config, 8, kFloat32);
  size_t differing = 0;
  for (size_t i = 0; i < a->parameters().size(); ++i) {
    const auto& x = a->parameters()[i].tensor;
    EXPECT(at::equal(x, b->parameters()[i].tensor));
    if (!at::equal(x, c->parameters()[i].tensor)) ++differing;
    if (!a->parameters()[i].decays) continue;
    EXPECT(std::abs(x.std().item<double>() / config.initializer_range - 1) < 0.2);
  }
  EXPECT(differing > 0);
}

TEST(a_saved_model_is_read_back_bit_for_bit) {
  for (const auto& name : {"tied-gqa2-small-windows", "untied-mha-large-windows"}) {
    const auto model = Model::load(Reference(name).checkpoint(), kFloat32);
    const srvau::testing::TempDir dir;
    model->save((dir.path() / "model").string(), "", at::kFloat);
    const auto again = Model::load((dir.path() / "model").string(), kFloat32);
    EXPECT_EQ(again->parameters().size(), model->parameters().size());
    for (size_t i = 0; i < model->parameters().size(); ++i)
      EXPECT(at::equal(again->parameters()[i].tensor, model->parameters()[i].tensor));
  }
}

SRVAU_TEST_MAIN()
