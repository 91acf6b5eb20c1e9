#pragma once

#include <cstdint>
#include <vector>

#include "model/batch.h"

namespace srvau {

/** Some completions of one group. */
struct GroupPart {
  size_t group;
  size_t first;  // completion
  size_t count;
};

/** What is computed in one pass. */
using MicroBatch = std::vector<GroupPart>;

/** Lengths of a prompt and its completions, in tokens. */
struct GroupLengths {
  int64_t prompt;
  std::vector<int64_t> completions;
};

/**
 * Splits groups into passes of at most `max_tokens` rows each, in order. A group stays whole where it fits into a pass
 * of its own, as its prompt is computed once for each pass; a single sequence that is longer still gets one.
 *
 * @param max_tokens 0: everything in one pass
 */
std::vector<MicroBatch> plan_micro_batches(const std::vector<GroupLengths>& groups, int64_t max_tokens);

}  // namespace srvau
