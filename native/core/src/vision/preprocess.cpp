#include "vision/preprocess.h"

#include <algorithm>
#include <cmath>

#include <unistd.h>

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "base/error.h"
#include "vision/smart_resize.h"

namespace srvau {
namespace {

/** Temporal patches worked on at once on an accelerator, where the frames are resized in float32. */
constexpr int64_t kPatchesAtOnce = 4;

void check_options(const PreprocessOptions& options) {
  SRVAU_REQUIRE(std::isfinite(options.rescale_factor) && options.rescale_factor > 0,
                "rescale_factor: expected a positive number, received ", options.rescale_factor);
  for (size_t c = 0; c < 3; ++c) {
    SRVAU_REQUIRE(std::isfinite(options.image_mean[c]), "image_mean: expected finite numbers, received ",
                  options.image_mean[c]);
    SRVAU_REQUIRE(std::isfinite(options.image_std[c]) && options.image_std[c] > 0,
                  "image_std: expected positive numbers, received ", options.image_std[c]);
    const double mean = options.image_mean[c];
    const double most =
        std::max(std::abs(mean), std::abs(255 * options.rescale_factor - mean)) / options.image_std[c];
    SRVAU_REQUIRE(most <= kMostPixelValue, "rescale_factor, image_mean and image_std: expected pixel values of at most ",
                  kMostPixelValue, " in size, received ", most, " in channel ", c);
  }
}

/** (N, 3, H, W) uint8 -> (N, 3, size) uint8, along torchvision's path for the device, so that it rounds as torchvision
 * does. */
at::Tensor resize(const at::Tensor& frames, Size size) {
  if (frames.size(2) == size.height && frames.size(3) == size.width) return frames;
  const std::array<int64_t, 2> target = {size.height, size.width};
  if (frames.is_cpu()) return at::_upsample_bicubic2d_aa(frames, target, /*align_corners=*/false);
  // Only the CPU kernel takes 8-bit values.
  return at::_upsample_bicubic2d_aa(frames.to(at::kFloat), target, /*align_corners=*/false)
      .clamp_(0, 255)
      .round_()
      .to(at::kByte);
}

/** values in float32, divided by `rescale` in float32 as transformers fuses them: (1, 3, 1) on `device`. */
at::Tensor per_channel(const std::array<float, 3>& values, double rescale, at::Device device) {
  return at::tensor(values).mul_(1.0 / rescale).view({1, 3, 1}).to(device);
}

/** What cannot fit is not tried: a system that promises memory it does not have ends the process later. */
void require_memory(int64_t bytes, Size size, int64_t frames, const PreprocessOptions& options) {
  const double has = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (static_cast<double>(bytes) <= has) return;
  constexpr double kGiB = 1 << 30;
  fail(ErrorCode::kOutOfMemory, "min_pixels ", options.min_pixels, ", max_pixels ", options.max_pixels,
       ": expected frames whose pixel values fit into ", has / kGiB, " GiB of memory, received ", frames, " of ",
       size.height, "x", size.width, " pixels, which need ", static_cast<double>(bytes) / kGiB, " GiB");
}

Patches preprocess(const at::Tensor& frames, Size size, const VisionConfig& config, const PreprocessOptions& options) {
  const int64_t patch = config.patch_size;
  const int64_t merge = config.spatial_merge_size;
  const int64_t depth = config.temporal_patch_size;
  const int64_t count = frames.size(0);
  const Grid grid{(count + depth - 1) / depth, size.height / patch, size.width / patch};
  check_grid(grid, merge, "grid of the frames");

  require_memory(grid.patches() * config.patch_dim() * static_cast<int64_t>(sizeof(float)), size, count, options);
  const auto pixels = at::empty({grid.patches(), config.patch_dim()}, frames.options().dtype(at::kFloat));
  const auto mean = per_channel(options.image_mean, options.rescale_factor, frames.device());
  const auto std = per_channel(options.image_std, options.rescale_factor, frames.device());

  // Fills the rows of temporal patches [begin, end).
  const auto fill = [&](int64_t begin, int64_t end) {
    const int64_t n = end - begin;
    auto resized = resize(frames.slice(0, begin * depth, std::min(end * depth, count)).permute({0, 3, 1, 2}), size);
    if (const int64_t missing = n * depth - resized.size(0); missing > 0) {
      resized = at::cat({resized, resized.slice(0, -1).expand({missing, -1, -1, -1})});
    }
    const auto blocks = resized.view({n, depth, 3, grid.h / merge, merge, patch, grid.w / merge, merge, patch});
    // (n, h/merge, w/merge, merge, merge, channel, frame, row, column)
    const auto ordered = blocks.permute({0, 3, 6, 4, 7, 2, 1, 5, 8});
    const int64_t frame_patches = grid.h * grid.w;
    const auto rows = pixels.slice(0, begin * frame_patches, end * frame_patches);
    rows.view(ordered.sizes()).copy_(ordered);
    rows.view({n * frame_patches, 3, -1}).sub_(mean).div_(std);
  };
  if (frames.is_cpu()) {
    at::parallel_for(0, grid.t, 1, [&](int64_t begin, int64_t end) {
      const c10::NoGradGuard no_grad;  // it is per thread
      for (int64_t t = begin; t < end; ++t) fill(t, t + 1);
    });
  } else {
    const c10::NoGradGuard no_grad;
    for (int64_t t = 0; t < grid.t; t += kPatchesAtOnce) fill(t, std::min(t + kPatchesAtOnce, grid.t));
  }
  return {pixels, grid};
}

void check_frames(const at::Tensor& frames, int64_t dims, const char* what, const char* shape,
                  const VisionConfig& config) {
  SRVAU_REQUIRE(frames.defined() && frames.scalar_type() == at::kByte, what, ": expected uint8, received ",
                frames.defined() ? c10::toString(frames.scalar_type()) : "nothing");
  SRVAU_REQUIRE(frames.dim() == dims && frames.size(-1) == 3 && frames.numel() > 0, what, ": expected ", shape,
                " with no side empty, received (", frames.sizes(), ")");
  SRVAU_REQUIRE(config.in_channels == 3, "in_channels: expected 3 to take RGB frames, received ", config.in_channels);
}

}  // namespace

Patches preprocess_video(const at::Tensor& frames, const VisionConfig& config, const PreprocessOptions& options) {
  check_frames(frames, 4, "frames", "(F, H, W, 3)", config);
  check_options(options);
  const int64_t factor = config.patch_size * config.spatial_merge_size;
  const int64_t max_pixels = !options.cap_pixels_per_frame
                                 ? options.max_pixels
                                 : video_pixel_budget({.frames = frames.size(0),
                                                       .temporal_patch_size = config.temporal_patch_size,
                                                       .factor = factor,
                                                       .min_pixels = options.min_pixels,
                                                       .max_pixels = options.max_pixels,
                                                       .max_video_tokens = options.max_video_tokens});
  const Size size = smart_resize(frames.size(1), frames.size(2), factor, options.min_pixels, max_pixels);
  return preprocess(frames, size, config, options);
}

Patches preprocess_image(const at::Tensor& image, const VisionConfig& config, const PreprocessOptions& options) {
  check_frames(image, 3, "image", "(H, W, 3)", config);
  check_options(options);
  const int64_t factor = config.patch_size * config.spatial_merge_size;
  const Size size = smart_resize(image.size(0), image.size(1), factor, options.min_pixels, options.max_pixels);
  return preprocess(image.unsqueeze(0), size, config, options);
}

}  // namespace srvau
