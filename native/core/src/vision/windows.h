#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "config/model_config.h"
#include "vision/grid.h"

namespace srvau {

/**
 * How the vision tower attends. Its tokens (merge x merge patches each) are put in the order of windows before the
 * first block and back after the merger; blocks attend within windows or, the full-attention ones, within frames. A
 * frame's tokens stay together in both orders, so its boundaries hold in either.
 */
struct WindowPlan {
  at::Tensor window_index;                 // (tokens) int64: place in window order -> place in raster order
  at::Tensor reverse_index;                // (tokens) int64: place in raster order -> place in window order
  std::vector<int64_t> window_cu_seqlens;  // (windows + 1), patches, strictly rising from 0
  std::vector<int64_t> frame_cu_seqlens;   // (temporal patches + 1), patches, strictly rising from 0
};

/** @throws Error INVALID_ARGUMENT for a grid that check_grid refuses, or more than 2^31 - 1 patches together. */
WindowPlan plan_windows(const std::vector<Grid>& grids, const VisionConfig& config);

/**
 * Row and column of each patch in its frame, for the 2-D rotary embedding, in the order in which patches come: block by
 * block of merge x merge, row-major within and among blocks.
 *
 * @returns (patches, 2) int64. @throws as plan_windows.
 */
at::Tensor vision_rope_positions(const std::vector<Grid>& grids, int64_t merge);

}  // namespace srvau
