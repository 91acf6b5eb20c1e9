#pragma once

#include <cstdint>

namespace srvau {

/** Pixels. */
struct Size {
  int64_t height;
  int64_t width;
  bool operator==(const Size&) const = default;
};

/**
 * The size a frame is resized to: multiples of `factor` (patch size times spatial merge size), about min_pixels to
 * max_pixels in area, the aspect ratio kept as well as that allows. Equal to `smart_resize` of transformers, halves
 * rounded to even.
 *
 * @throws Error INVALID_ARGUMENT for sizes, factors or budgets below 1 or above 2^31 - 1, and for frames of which one
 *   side is more than 200 times the other.
 */
Size smart_resize(int64_t height, int64_t width, int64_t factor, int64_t min_pixels, int64_t max_pixels);

/** What bounds the area of a video's frames. */
struct VideoBudget {
  int64_t frames;               // of the video, before it is padded to the temporal patch
  int64_t temporal_patch_size;  // frames
  int64_t factor;               // pixels, as for smart_resize
  int64_t min_pixels;           // of a frame
  int64_t max_pixels;           // of a frame
  int64_t max_video_tokens;     // the context length that the whole video may fill to nine tenths
};

/**
 * max_pixels of a frame where a video's total is capped (`cap_pixels_per_frame` of transformers): an even share of the
 * video's budget, not above max_pixels, but at least 1.05 times min_pixels.
 *
 * @throws Error INVALID_ARGUMENT for a field below 1 or above 2^31 - 1.
 */
int64_t video_pixel_budget(const VideoBudget& budget);

}  // namespace srvau
