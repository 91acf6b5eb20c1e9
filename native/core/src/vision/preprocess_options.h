#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "config/model_config.h"

namespace srvau {

/** Images and videos have size budgets of their own. */
enum class Medium { kImage, kVideo };

/** Largest size of a pixel value: that of float16. Beyond it what the model computes leaves its own range. */
constexpr double kMostPixelValue = 65504;

/** How frames become pixel values, named as in preprocessor_config.json. */
struct PreprocessOptions {
  int64_t min_pixels;                 // of a frame
  int64_t max_pixels;                 // of a frame
  bool cap_pixels_per_frame = false;  // bounds a video as a whole too: video_pixel_budget
  int64_t max_video_tokens = 128000;
  double rescale_factor = 1.0 / 255;
  std::array<float, 3> image_mean = {0.48145466F, 0.4578275F, 0.40821073F};  // of red, green, blue in 0 to 1
  std::array<float, 3> image_std = {0.26862954F, 0.26130258F, 0.27577711F};
};

/** Those of transformers' Qwen2.5-VL processors. */
PreprocessOptions default_preprocess_options(Medium medium);

/**
 * The options a checkpoint directory asks for. They are read from where transformers looks: processor_config.json, then
 * video_preprocessor_config.json (videos only), then preprocessor_config.json; what is not written there is the
 * default.
 *
 * @throws Error CHECKPOINT: a file that is no JSON, a mistyped field, a patch or merge size that is not the
 *   configuration's. UNSUPPORTED: a processor that does not resize bicubically, rescale and normalise. Both name the
 *   file and the field.
 */
PreprocessOptions read_preprocess_options(const std::string& dir, Medium medium, const VisionConfig& config);

}  // namespace srvau
