#pragma once

#include <cstdint>
#include <ostream>
#include <string>

namespace srvau {

/** Patches of one image or video after the temporal patch, as in `image_grid_thw` and `video_grid_thw`. */
struct Grid {
  int64_t t;  // temporal patches
  int64_t h;  // patches
  int64_t w;  // patches

  int64_t patches() const { return t * h * w; }
  /** Tokens of the text decoder: the merger makes one of merge x merge patches. */
  int64_t tokens(int64_t merge) const { return patches() / (merge * merge); }
  bool operator==(const Grid&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Grid& grid);

/**
 * @throws Error INVALID_ARGUMENT unless every side is at least 1, h and w are multiples of `merge` and the patches fit
 *   in 31 bits. `what` names the grid in the message.
 */
void check_grid(const Grid& grid, int64_t merge, const std::string& what);

}  // namespace srvau
