#include "vision/preprocess_options.h"

#include <fstream>

#include "base/temp_dir.h"
#include "base/testing.h"
#include "vision/vision_testing.h"

using srvau::ErrorCode;
using srvau::Medium;
using srvau::read_preprocess_options;
using srvau::testing::TempDir;
using srvau::testing::vision_config;

namespace {

void write(const TempDir& dir, const char* name, const std::string& text) { std::ofstream(dir / name) << text; }

srvau::PreprocessOptions read(const TempDir& dir, Medium medium) {
  return read_preprocess_options(dir.path().string(), medium, vision_config());
}

}  // namespace

TEST(defaults_without_files) {
  const TempDir dir;
  EXPECT_EQ(read(dir, Medium::kVideo).min_pixels, 128 * 28 * 28);
  EXPECT_EQ(read(dir, Medium::kVideo).max_pixels, 768 * 28 * 28);
  EXPECT_EQ(read(dir, Medium::kImage).min_pixels, 56 * 56);
  EXPECT_EQ(read(dir, Medium::kImage).max_pixels, 1280 * 28 * 28);
  EXPECT(!read(dir, Medium::kVideo).cap_pixels_per_frame);
}

TEST(the_published_layout_is_for_images_and_videos) {
  const TempDir dir;
  write(dir, "preprocessor_config.json",
        R"({"min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
            "image_mean": [0.5, 0.25, 0.125], "image_std": [1, 2, 4], "resample": 3, "rescale_factor": 0.5,
            "image_processor_type": "Qwen2VLImageProcessor"})");
  for (const auto medium : {Medium::kImage, Medium::kVideo}) {
    const auto options = read(dir, medium);
    EXPECT_EQ(options.min_pixels, 3136);
    EXPECT_EQ(options.max_pixels, 12845056);
    EXPECT(options.image_mean == (std::array<float, 3>{0.5F, 0.25F, 0.125F}));
    EXPECT(options.image_std == (std::array<float, 3>{1, 2, 4}));
    EXPECT_EQ(options.rescale_factor, 0.5);
  }
}

TEST(videos_have_a_file_of_their_own) {
  const TempDir dir;
  write(dir, "processor_config.json", R"({"processor_class": "Qwen2_5_VLProcessor"})");
  write(dir, "preprocessor_config.json", R"({"size": {"shortest_edge": 1000, "longest_edge": 2000}})");
  write(dir, "video_preprocessor_config.json",
        R"({"size": {"shortest_edge": 3000, "longest_edge": 4000}, "max_pixels": 5000, "min_pixels": null,
            "cap_pixels_per_frame": true, "max_video_tokens": 77, "do_resize": true})");
  EXPECT_EQ(read(dir, Medium::kImage).max_pixels, 2000);
  const auto video = read(dir, Medium::kVideo);
  EXPECT_EQ(video.min_pixels, 3000);
  EXPECT_EQ(video.max_pixels, 5000);
  EXPECT(video.cap_pixels_per_frame);
  EXPECT_EQ(video.max_video_tokens, 77);
}

TEST(the_nested_file_goes_first) {
  const TempDir dir;
  write(dir, "processor_config.json", R"({"image_processor": {"size": {"shortest_edge": 11, "longest_edge": 12}},
                                          "video_processor": {"size": {"shortest_edge": 21, "longest_edge": 22}}})");
  write(dir, "preprocessor_config.json", R"({"min_pixels": 1, "max_pixels": 2})");
  EXPECT_EQ(read(dir, Medium::kImage).min_pixels, 11);
  EXPECT_EQ(read(dir, Medium::kVideo).max_pixels, 22);
}

TEST(refuses_by_name) {
  const auto refused = [](ErrorCode code, const char* json, const char* message) {
    const TempDir dir;
    write(dir, "preprocessor_config.json", json);
    EXPECT_ERROR(code, message, read(dir, Medium::kVideo));
    EXPECT_ERROR(code, "preprocessor_config.json", read(dir, Medium::kVideo));
  };
  refused(ErrorCode::kUnsupported, R"({"do_resize": false})", "do_resize: expected true, received false");
  refused(ErrorCode::kUnsupported, R"({"do_normalize": false})", "do_normalize");
  refused(ErrorCode::kUnsupported, R"({"resample": 2})", "resample: expected 3 (bicubic), received 2");
  refused(ErrorCode::kUnsupported, R"({"size": {"height": 224, "width": 224}})", "size.height");
  refused(ErrorCode::kCheckpoint, R"({"patch_size": 16})", "patch_size: expected 14 as in the model's configuration");
  refused(ErrorCode::kCheckpoint, R"({"min_pixels": "many"})", "min_pixels: expected an integer");
  refused(ErrorCode::kCheckpoint, R"({"image_std": [1, 0, 1]})", "image_std");
  refused(ErrorCode::kCheckpoint, R"({"image_mean": [1, 1]})", "image_mean: expected an array of 3 numbers");
  refused(ErrorCode::kCheckpoint, R"({"rescale_factor": 0})", "rescale_factor");
  refused(ErrorCode::kCheckpoint, R"({"size": 3})", "size");
  refused(ErrorCode::kCheckpoint, "{", "line 1");
}

SRVAU_TEST_MAIN()
