#include "distributed/partition.h"

#include <algorithm>
#include <numeric>

namespace srvau {

std::vector<int> balanced_owners(const std::vector<int64_t>& sizes, int ranks) {
  std::vector<size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return sizes[a] > sizes[b]; });
  std::vector<int64_t> loads(static_cast<size_t>(ranks));
  std::vector<int> owners(sizes.size());
  for (const auto i : order) {
    const auto least = std::min_element(loads.begin(), loads.end());
    owners[i] = static_cast<int>(least - loads.begin());
    *least += sizes[i];
  }
  return owners;
}

}  // namespace srvau
