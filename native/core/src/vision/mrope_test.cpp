#include "vision/mrope.h"

#include "base/files.h"
#include "base/testing.h"
#include "config/json.h"
#include "vision/vision_testing.h"

using srvau::ErrorCode;
using srvau::mrope_positions;
using srvau::MropeVariant;
using srvau::VisionSpan;

namespace {

constexpr int64_t kStart = 90;
constexpr int64_t kImage = 92;
constexpr int64_t kVideo = 93;

srvau::ModelConfig model_config() {
  srvau::ModelConfig config{};
  config.vision = srvau::testing::vision_config();
  config.vision_start_token_id = kStart;
  config.vision_end_token_id = 91;
  config.image_token_id = kImage;
  config.video_token_id = kVideo;
  return config;
}

std::vector<int64_t> integers(const srvau::JsonField& field) {
  std::vector<int64_t> values;
  for (const auto& item : field.items()) values.push_back(item.integer(0, 1 << 30));
  return values;
}

std::vector<VisionSpan> spans_of(const srvau::JsonField& field) {
  std::vector<VisionSpan> spans;
  for (const auto& span : field.items()) {
    const auto grid = integers(span["grid"]);
    spans.push_back({span["kind"].string() == "video",
                     {grid.at(0), grid.at(1), grid.at(2)},
                     static_cast<float>(span["second_per_grid"].number())});
  }
  return spans;
}

}  // namespace

TEST(equals_transformers) {
  const std::string path = srvau::testing::reference_path("positions.json");
  const auto document = srvau::parse_json(srvau::read_file(path, 1 << 24), path);
  const srvau::JsonField root(document, path);
  auto config = model_config();
  int compared = 0;
  for (const auto& reference : root["positions"].items()) {
    config.vision.spatial_merge_size = reference["merge"].integer(1, 8);
    config.vision.tokens_per_second = reference["tokens_per_second"].number();
    const auto ids = integers(reference["ids"]);
    const auto spans = spans_of(reference["spans"]);
    for (const auto variant : {MropeVariant::kTransformers457, MropeVariant::kTransformers518}) {
      const auto expected = reference["expected"][name_of(variant)];
      const auto result = mrope_positions(ids, spans, config, variant);
      const auto name = c10::str(reference["name"].string(), " ", name_of(variant), " ");
      for (size_t axis = 0; axis < 3; ++axis) {
        const auto wanted = integers(expected["positions"].items().at(axis));
        const auto* actual = result.positions[static_cast<int64_t>(axis)].const_data_ptr<int64_t>();
        EXPECT_EQ(c10::str(name, axis, ": ", std::vector<int64_t>(actual, actual + ids.size())),
                  c10::str(name, axis, ": ", wanted));
      }
      EXPECT_EQ(c10::str(name, result.next), c10::str(name, expected["next"].integer(0, 1 << 30)));
      ++compared;
    }
  }
  EXPECT(compared >= 40);
}

TEST(names_of_variants) {
  EXPECT(srvau::parse_mrope_variant("transformers-4.57") == MropeVariant::kTransformers457);
  EXPECT(srvau::parse_mrope_variant("transformers-5.18") == MropeVariant::kTransformers518);
  EXPECT_ERROR(ErrorCode::kInvalidArgument,
               "expected \"transformers-4.57\" or \"transformers-5.18\", received \"transformers-5\"",
               srvau::parse_mrope_variant("transformers-5"));
}

TEST(refuses_spans_that_do_not_fit) {
  const auto refused = [](const std::vector<int64_t>& ids, const std::vector<VisionSpan>& spans, const char* message,
                          MropeVariant variant = MropeVariant::kTransformers457) {
    EXPECT_ERROR(ErrorCode::kInvalidArgument, message, mrope_positions(ids, spans, model_config(), variant));
  };
  const VisionSpan one{true, {1, 2, 2}, 2};
  refused({1, kStart, kVideo, kVideo}, {one}, "expected 1 video pad tokens from token 2 on, received 2");
  refused({kStart, kVideo}, {{true, {2, 4, 2}, 2}}, "(video, grid 2x4x2): expected 4 video pad tokens from token 1 on");
  refused({1, kStart, kVideo}, {}, "none for the 1 video pad tokens from token 2 on");
  refused({1, 2}, {one}, "expected 1 runs of pad tokens, one for each vision span, received 0");
  refused({kStart, kImage}, {one}, "expected video pad tokens in its place, received image");
  refused({kStart, kVideo}, {{true, {1, 3, 2}, 2}}, "multiples of 2");
  refused({kStart, kVideo}, {{true, {0, 2, 2}, 2}}, "sides of at least 1");
  refused({kStart, kVideo}, {{true, {1LL << 62, 2, 2}, 2}}, "patches, received");
  refused({kStart, kVideo}, {{true, {1, 2, 2}, -1}}, "second_per_grid from 0");
  refused({kStart, kVideo}, {{true, {1, 2, 2}, NAN}}, "second_per_grid from 0");
  refused({kStart, kVideo, 1, kVideo}, {one, one},
          "expected the vision start token 90 before its pad tokens at token 3");
  const auto unannounced = mrope_positions({kVideo, 5}, {one}, model_config(), MropeVariant::kTransformers518);
  EXPECT_EQ(unannounced.next, 2);
}

TEST(an_empty_sequence_starts_at_zero) {
  const auto result = mrope_positions({}, {}, model_config(), MropeVariant::kTransformers457);
  EXPECT_EQ(result.positions.sizes().vec(), (std::vector<int64_t>{3, 0}));
  EXPECT_EQ(result.next, 0);
}

SRVAU_TEST_MAIN()
