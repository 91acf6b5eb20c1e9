#include "vision/grid.h"

#include <limits>

#include "base/error.h"

namespace srvau {

std::ostream& operator<<(std::ostream& out, const Grid& grid) {
  return out << grid.t << "x" << grid.h << "x" << grid.w;
}

void check_grid(const Grid& grid, int64_t merge, const std::string& what) {
  // Attention takes its sequence boundaries as int32, which bounds what a grid may hold.
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  SRVAU_REQUIRE(merge >= 1, "spatial merge size: expected at least 1, received ", merge);
  SRVAU_REQUIRE(
      grid.t >= 1 && grid.h >= 1 && grid.w >= 1 && grid.h <= kMost / grid.w && grid.t <= kMost / (grid.h * grid.w),
      what, ": expected sides of at least 1 and at most ", kMost, " patches, received ", grid);
  SRVAU_REQUIRE(grid.h % merge == 0 && grid.w % merge == 0, what, ": expected height and width in multiples of ", merge,
                " patches, received ", grid);
}

}  // namespace srvau
