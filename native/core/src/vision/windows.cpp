#include "vision/windows.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace srvau {
namespace {

/** Patches of all grids, after checking each. */
int64_t checked_patches(const std::vector<Grid>& grids, int64_t merge) {
  int64_t patches = 0;
  for (size_t i = 0; i < grids.size(); ++i) {
    check_grid(grids[i], merge, c10::str("grid ", i));
    patches += grids[i].patches();
    SRVAU_REQUIRE(patches <= std::numeric_limits<int32_t>::max(), "grids: expected at most ",
                  std::numeric_limits<int32_t>::max(), " patches together, received more with grid ", i, " (", grids[i],
                  ")");
  }
  return patches;
}

}  // namespace

WindowPlan plan_windows(const std::vector<Grid>& grids, const VisionConfig& config) {
  const int64_t merge = config.spatial_merge_size;
  const int64_t unit = config.merge_unit();
  const int64_t tokens = checked_patches(grids, merge) / unit;
  const int64_t side = config.window_size / merge / config.patch_size;  // of a window, tokens
  SRVAU_REQUIRE(side >= 1, "window_size: expected at least one token of ", merge * config.patch_size,
                " pixels, received ", config.window_size);

  WindowPlan plan{at::empty({tokens}, at::kLong), at::empty({tokens}, at::kLong), {0}, {0}};
  int64_t* const index = plan.window_index.mutable_data_ptr<int64_t>();
  int64_t* const reverse = plan.reverse_index.mutable_data_ptr<int64_t>();
  int64_t place = 0;  // in window order
  int64_t frame = 0;  // raster place of the frame's first token
  for (const Grid& grid : grids) {
    const int64_t rows = grid.h / merge;
    const int64_t columns = grid.w / merge;
    for (int64_t t = 0; t < grid.t; ++t, frame += rows * columns) {
      for (int64_t top = 0; top < rows; top += side) {
        for (int64_t left = 0; left < columns; left += side) {
          for (int64_t row = top; row < std::min(top + side, rows); ++row) {
            for (int64_t column = left; column < std::min(left + side, columns); ++column, ++place) {
              index[place] = frame + row * columns + column;
              reverse[index[place]] = place;
            }
          }
          plan.window_cu_seqlens.push_back(place * unit);
        }
      }
      plan.frame_cu_seqlens.push_back(place * unit);
    }
  }
  return plan;
}

at::Tensor vision_rope_positions(const std::vector<Grid>& grids, int64_t merge) {
  const auto positions = at::empty({checked_patches(grids, merge), 2}, at::kLong);  // (patches, 2)
  int64_t* out = positions.mutable_data_ptr<int64_t>();
  for (const Grid& grid : grids) {
    const int64_t* const frame = out;
    for (int64_t top = 0; top < grid.h; top += merge) {
      for (int64_t left = 0; left < grid.w; left += merge) {
        for (int64_t row = top; row < top + merge; ++row) {
          for (int64_t column = left; column < left + merge; ++column) {
            *out++ = row;
            *out++ = column;
          }
        }
      }
    }
    for (int64_t t = 1; t < grid.t; ++t) out = std::copy_n(frame, grid.h * grid.w * 2, out);
  }
  return positions;
}

}  // namespace srvau
