#pragma once

#include <string>

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "base/cancel.h"
#include "distributed/join_options.h"
#include "distributed/sockets.h"

namespace srvau {

/** What a rank knows when all have come. */
struct Meeting {
  c10::intrusive_ptr<c10d::Store> store;
  std::string local_address;  // numeric: what this rank listens on
  uint16_t port;
};

/**
 * Brings the ranks of a group together: rank 0 listens, the others come to it, and all make sure that they agree.
 *
 * @throws Error INVALID_ARGUMENT: another world size, device or release of libtorch than the others, a rank that is
 *   taken. PROCESS_GROUP: ranks that did not come by the deadline, named, or one that left. CANCELLED.
 */
Meeting meet(const JoinOptions& options, Deadline deadline, const CancelPtr& cancel);

}  // namespace srvau
