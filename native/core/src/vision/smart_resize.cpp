#include "vision/smart_resize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace srvau {
namespace {

constexpr double kMaxAspectRatio = 200;

// Products of two such values fit in int64 and quotients are exact enough in double to round as Python's do.
void require_positive(const char* what, int64_t value) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  SRVAU_REQUIRE(value >= 1 && value <= kMost, what, ": expected 1 to ", kMost, ", received ", value);
}

}  // namespace

Size smart_resize(int64_t height, int64_t width, int64_t factor, int64_t min_pixels, int64_t max_pixels) {
  require_positive("height of a frame", height);
  require_positive("width of a frame", width);
  require_positive("factor of a frame's size", factor);
  require_positive("min_pixels", min_pixels);
  require_positive("max_pixels", max_pixels);
  const double h = static_cast<double>(height);
  const double w = static_cast<double>(width);
  const double f = static_cast<double>(factor);
  const double ratio = std::max(h, w) / std::min(h, w);
  SRVAU_REQUIRE(ratio <= kMaxAspectRatio, "frame of ", height, "x", width,
                " pixels: expected an aspect ratio of at most ", kMaxAspectRatio, ", received ", ratio);

  const auto in_factors = [factor](double count) { return static_cast<int64_t>(count) * factor; };
  // nearbyint rounds halves to even, as Python's round does.
  Size size{in_factors(std::nearbyint(h / f)), in_factors(std::nearbyint(w / f))};
  const double area = static_cast<double>(height * width);
  if (size.height * size.width > max_pixels) {
    const double beta = std::sqrt(area / static_cast<double>(max_pixels));
    size.height = std::max(factor, in_factors(std::floor(h / beta / f)));
    size.width = std::max(factor, in_factors(std::floor(w / beta / f)));
  } else if (size.height * size.width < min_pixels) {
    const double beta = std::sqrt(static_cast<double>(min_pixels) / area);
    size.height = in_factors(std::ceil(h * beta / f));
    size.width = in_factors(std::ceil(w * beta / f));
  }
  return size;
}

int64_t video_pixel_budget(const VideoBudget& budget) {
  require_positive("frames of a video", budget.frames);
  require_positive("temporal_patch_size", budget.temporal_patch_size);
  require_positive("factor of a frame's size", budget.factor);
  require_positive("min_pixels", budget.min_pixels);
  require_positive("max_pixels", budget.max_pixels);
  require_positive("max_video_tokens", budget.max_video_tokens);
  const double pixels =
      static_cast<double>(budget.max_video_tokens) * static_cast<double>(budget.factor * budget.factor);
  SRVAU_REQUIRE(pixels * static_cast<double>(budget.temporal_patch_size) < 0x1p53,
                "budget of a video: expected less than 2^53 pixels, received ", budget.max_video_tokens, " tokens of ",
                budget.factor, "x", budget.factor, " pixels and ", budget.temporal_patch_size, " frames");
  const auto total = static_cast<int64_t>(pixels * 0.9);
  const int64_t share = total * budget.temporal_patch_size / budget.frames;
  const auto floor_pixels = static_cast<int64_t>(static_cast<double>(budget.min_pixels) * 1.05);
  return std::max(std::min(budget.max_pixels, share), floor_pixels);
}

}  // namespace srvau
