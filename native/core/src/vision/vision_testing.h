#pragma once

// What the tests of this part share.

#include <cstdint>
#include <string>

#include <ATen/ATen.h>

#include "config/model_config.h"

namespace srvau::testing {

/** Path of a file in tests/reference; tests run in native/core. */
inline std::string reference_path(const std::string& name) { return c10::str("../../tests/reference/", name); }

/** The published vision tower's sizes in pixels; what these tests do not look at is 0. */
inline VisionConfig vision_config() {
  VisionConfig config{};
  config.in_channels = 3;
  config.patch_size = 14;
  config.spatial_merge_size = 2;
  config.temporal_patch_size = 2;
  config.tokens_per_second = 2;
  config.window_size = 112;
  return config;
}

/** (F, H, W, 3) uint8 by the formula of procedural_frames in tools/oracle/preprocess.py. */
inline at::Tensor procedural_frames(int64_t frames, int64_t height, int64_t width) {
  const auto result = at::empty({frames, height, width, 3}, at::kByte);
  uint8_t* out = result.mutable_data_ptr<uint8_t>();
  for (int64_t f = 0; f < frames; ++f) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        for (int64_t c = 0; c < 3; ++c) {
          *out++ = static_cast<uint8_t>((x * 7 + y * 13 + f * 29 + c * 31 + ((x * y) >> 3)) & 255);
        }
      }
    }
  }
  return result;
}

}  // namespace srvau::testing
