#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "config/model_config.h"
#include "vision/grid.h"

namespace srvau {

/** The two ways in which transformers has numbered the tokens after a video or image. */
enum class MropeVariant {
  /** Text goes on at the highest position of any axis + 1: what the published weights were trained with. */
  kTransformers457,
  /** Text goes on at the start of the video or image + max(h, w) / merge. */
  kTransformers518,
};

/** @param name "transformers-4.57" or "transformers-5.18". @throws Error INVALID_ARGUMENT for any other. */
MropeVariant parse_mrope_variant(std::string_view name);

/** "transformers-4.57" or "transformers-5.18". */
const char* name_of(MropeVariant variant);

/** One image or video of a prompt, where a run of its pad tokens stands. */
struct VisionSpan {
  bool is_video;
  Grid grid;
  /** Seconds between temporal patches, `second_per_grid_ts`; not looked at for images. */
  float second_per_grid;
};

struct MropePositions {
  at::Tensor positions;  // (3, T) int64 on the CPU: temporal, height, width
  /**
   * Position that the token after the last has as text, the same on all axes; it rises by one a token from there. With
   * kTransformers518 it may lie below temporal positions of a video further back.
   */
  int64_t next;
};

/**
 * Rotary positions of one unpadded sequence.
 *
 * @param ids T token ids. Each unbroken run of image or video pad tokens is one span.
 * @param spans of the runs, in their order.
 * @throws Error INVALID_ARGUMENT when runs and spans do not agree in number, kind or length, when a span's grid or
 *   second_per_grid is out of range, and, for kTransformers457 (which finds runs by it), when the vision start token is
 *   not before a run.
 */
MropePositions mrope_positions(const std::vector<int64_t>& ids, const std::vector<VisionSpan>& spans,
                               const ModelConfig& config, MropeVariant variant);

}  // namespace srvau
