#include "vision/preprocess.h"

#include <ATen/Parallel.h>

#include "base/testing.h"
#include "checkpoint/safetensors.h"
#include "vision/vision_testing.h"

using srvau::ErrorCode;
using srvau::Grid;
using srvau::Medium;
using srvau::PreprocessOptions;
using srvau::testing::procedural_frames;
using srvau::testing::vision_config;

namespace {

/** A case of tests/reference/preprocess/{images,videos}.safetensors. */
struct Case {
  at::Tensor frames;  // (F, H, W, 3) uint8
  srvau::VisionConfig config;
  PreprocessOptions options;
};

Case make_case(const at::Tensor& fields, Medium medium) {
  const auto* value = fields.const_data_ptr<int64_t>();
  Case result{procedural_frames(value[0], value[1], value[2]), vision_config(),
              srvau::default_preprocess_options(medium)};
  result.config.patch_size = value[3];
  result.config.spatial_merge_size = value[4];
  result.config.temporal_patch_size = value[5];
  result.options.min_pixels = value[6];
  result.options.max_pixels = value[7];
  result.options.cap_pixels_per_frame = value[8] != 0;
  result.options.max_video_tokens = value[9];
  return result;
}

srvau::Patches run(const Case& given, Medium medium) {
  return medium == Medium::kImage ? preprocess_image(given.frames[0], given.config, given.options)
                                  : preprocess_video(given.frames, given.config, given.options);
}

/** The 8-bit levels (patches, patch_dim) int64 behind pixels, and how far the pixels are from the table's entries for
 * them. */
std::pair<at::Tensor, double> levels_of(const at::Tensor& pixels, const at::Tensor& table /*(3, 256)*/) {
  const auto mean = table.select(1, 0).view({1, 3, 1});
  const auto step = (table.select(1, 255) - table.select(1, 0)).div(255).view({1, 3, 1});
  const auto split = pixels.view({pixels.size(0), 3, -1});  // (patches, channel, rest)
  const auto levels = split.sub(mean).div(step).round().clamp(0, 255).to(at::kLong);
  const auto exact = at::stack({table[0].index({levels.select(1, 0)}), table[1].index({levels.select(1, 1)}),
                                table[2].index({levels.select(1, 2)})},
                               1);
  return {levels.view(pixels.sizes()), split.sub(exact).abs().max().item<double>()};
}

/**
 * All cases of a file on a device. Grids must be equal; resized 8-bit levels may be off by `tolerance`; pixels must be
 * the very numbers that belong to a level on the CPU, and within 1e-6 elsewhere.
 */
void expect_reference(const char* name, Medium medium, at::Device device, int64_t tolerance) {
  const auto file = srvau::SafetensorsFile::open(srvau::testing::reference_path(c10::str("preprocess/", name)));
  const auto table = file.tensor("level_table");  // (3, 256) float32
  int cases = 0;
  for (const auto& entry : file.entries()) {
    const auto dot = entry.name.rfind(".case");
    if (dot == std::string::npos) continue;
    const auto key = entry.name.substr(0, dot);
    ++cases;
    auto given = make_case(file.tensor(entry.name), medium);
    given.frames = given.frames.to(device);
    const auto [pixels, grid] = run(given, medium);

    const auto* wanted = file.tensor(key + ".grid").const_data_ptr<int64_t>();
    EXPECT_EQ(c10::str(key, " ", grid), c10::str(key, " ", Grid{wanted[0], wanted[1], wanted[2]}));
    EXPECT_EQ(pixels.sizes().vec(), (std::vector<int64_t>{grid.patches(), given.config.patch_dim()}));
    const auto [levels, error] = levels_of(pixels.cpu(), table);
    if (error > (device.is_cpu() ? 0 : 1e-6)) {
      srvau::testing::report(__FILE__, __LINE__, c10::str(key, ": pixels off the levels by ", error));
    }
    const auto rows = levels.index_select(0, file.tensor(key + ".rows"));
    const auto worst = rows.sub(file.tensor(key + ".levels").to(at::kLong)).abs().max().item<int64_t>();
    const auto sums = levels.sum(1).sub(file.tensor(key + ".row_sums").to(at::kLong)).abs().max().item<int64_t>();
    if (worst > tolerance || sums > tolerance * given.config.patch_dim()) {
      srvau::testing::report(__FILE__, __LINE__, c10::str(key, ": levels off by ", worst, ", row sums by ", sums));
    }
  }
  EXPECT(cases >= 5);
}

constexpr PreprocessOptions kSmall{.min_pixels = 28 * 28, .max_pixels = 84 * 84};

}  // namespace

TEST(videos_equal_transformers) { expect_reference("videos.safetensors", Medium::kVideo, at::kCPU, 0); }

TEST(images_equal_transformers) { expect_reference("images.safetensors", Medium::kImage, at::kCPU, 0); }

// torchvision too resizes in floating point there, so the 8-bit levels are a rounding away from the CPU's.
TEST(cuda_is_within_a_level) {
  if (!at::hasCUDA() || at::detail::getCUDAHooks().getNumGPUs() == 0) {
    std::printf("     not run: no CUDA device\n");
    return;
  }
  expect_reference("videos.safetensors", Medium::kVideo, at::kCUDA, 1);
  expect_reference("images.safetensors", Medium::kImage, at::kCUDA, 1);
}

TEST(pads_with_the_last_frame) {
  const auto frames = procedural_frames(3, 50, 70);
  const auto padded = at::cat({frames, frames.slice(0, 2)});
  const auto odd = preprocess_video(frames, vision_config(), kSmall);
  EXPECT_EQ(odd.grid.t, 2);
  EXPECT(at::equal(odd.pixels, preprocess_video(padded, vision_config(), kSmall).pixels));
  EXPECT(at::equal(preprocess_image(frames[0], vision_config(), kSmall).pixels,
                   preprocess_video(frames.slice(0, 0, 1), vision_config(), kSmall).pixels));
}

TEST(does_not_depend_on_strides_or_threads) {
  const auto frames = procedural_frames(6, 50, 70);
  const auto planar = frames.permute({3, 0, 1, 2}).contiguous().permute({1, 2, 3, 0});
  const auto wanted = preprocess_video(frames, vision_config(), kSmall).pixels;
  EXPECT(at::equal(preprocess_video(planar, vision_config(), kSmall).pixels, wanted));
  const int threads = at::get_num_threads();
  at::set_num_threads(threads > 1 ? 1 : 2);
  EXPECT(at::equal(preprocess_video(frames, vision_config(), kSmall).pixels, wanted));
  at::set_num_threads(threads);
}

TEST(takes_mean_and_std) {
  auto options = kSmall;
  options.image_mean = {0.5F, 0.25F, 0};
  options.image_std = {0.5F, 1, 2};
  options.rescale_factor = 1.0 / 128;
  const auto white = at::full({1, 28, 28, 3}, 255, at::kByte);
  const auto pixels = preprocess_video(white, vision_config(), options).pixels.view({4, 3, -1});
  const auto wanted = at::tensor({255 / 128.0 / 0.5 - 1, 255 / 128.0 - 0.25, 255 / 128.0 / 2}).to(at::kFloat);
  EXPECT_NEAR(pixels, wanted.view({1, 3, 1}).expand_as(pixels), 1e-6);
}

TEST(refuses_other_tensors) {
  const auto config = vision_config();
  const auto video = [&](const at::Tensor& frames, const PreprocessOptions& options) {
    return preprocess_video(frames, config, options);
  };
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected uint8, received Float", video(at::zeros({2, 8, 8, 3}), kSmall));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected uint8, received nothing", video({}, kSmall));
  const auto byte = at::TensorOptions(at::kByte);
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected (F, H, W, 3)", video(at::zeros({2, 3, 8, 8}, byte), kSmall));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "no side empty", video(at::zeros({0, 8, 8, 3}, byte), kSmall));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "aspect ratio", video(at::zeros({1, 1, 500, 3}, byte), kSmall));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected (H, W, 3)",
               preprocess_image(at::zeros({1, 8, 8, 3}, byte), config, kSmall));
  auto options = kSmall;
  options.image_std[1] = 0;
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "image_std: expected positive",
               video(at::zeros({1, 8, 8, 3}, byte), options));
  options.image_std[1] = 1e-30F;
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "image_std: expected pixel values of at most 65504 in size",
               video(at::zeros({1, 8, 8, 3}, byte), options));
  auto wide = config;
  wide.temporal_patch_size = 4096;
  const PreprocessOptions huge{.min_pixels = INT32_MAX, .max_pixels = INT32_MAX};
  EXPECT_ERROR(ErrorCode::kOutOfMemory,
               "min_pixels 2147483647, max_pixels 2147483647: expected frames whose pixel values",
               preprocess_video(at::zeros({1, 8, 8, 3}, byte), wide, huge));
}

SRVAU_TEST_MAIN()
