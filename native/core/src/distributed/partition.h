#pragma once

#include <cstdint>
#include <vector>

namespace srvau {

/**
 * Gives each of some things to one of `ranks`, so that what each has in all is about the same: the largest first, each
 * to the rank that has least. The same everywhere for the same sizes.
 *
 * @return the rank of each
 */
std::vector<int> balanced_owners(const std::vector<int64_t>& sizes, int ranks);

}  // namespace srvau
