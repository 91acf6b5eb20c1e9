#pragma once

#include <ATen/ATen.h>

#include "config/model_config.h"
#include "vision/grid.h"
#include "vision/preprocess_options.h"

namespace srvau {

/** What the vision tower takes. */
struct Patches {
  at::Tensor
      pixels;  // (grid.patches(), patch_dim) float32, on the frames' device; a row is (channel, frame, row, column)
  Grid grid;
};

/**
 * Resizes, normalises and cuts the frames of a video as the video processor of transformers does: pixels bit for bit on
 * the CPU, within a rounding of the resized 8-bit value on CUDA (where torchvision resizes in floating point). Frames
 * are padded to the temporal patch by repeating the last. Besides the result it needs memory for a few frames at a
 * time.
 *
 * @param frames (F, H, W, 3) uint8 RGB, F at least 1, already sampled in time.
 * @throws Error INVALID_ARGUMENT: other shapes or types, an aspect ratio above 200, options out of range.
 */
Patches preprocess_video(const at::Tensor& frames, const VisionConfig& config, const PreprocessOptions& options);

/** The same for a still image: one frame, repeated over the temporal patch. @param image (H, W, 3) uint8 RGB. */
Patches preprocess_image(const at::Tensor& image, const VisionConfig& config, const PreprocessOptions& options);

}  // namespace srvau
