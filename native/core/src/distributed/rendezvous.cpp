#include "distributed/rendezvous.h"

#include <cstdlib>

#include <unistd.h>

#include <c10/util/Exception.h>
#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "base/error.h"
#include "base/runtime_info.h"

namespace srvau {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoll{20};
constexpr int kNothingBelowFatal = 3;
// Keys of the store that the ranks meet in.
constexpr const char* kSettings = "settings";
constexpr const char* kFailure = "failure";

std::string key_of(int rank) { return c10::str("rank/", rank); }

std::string this_process() {
  char host[256] = "";
  ::gethostname(host, sizeof(host) - 1);
  return c10::str("process ", ::getpid(), " on ", host);
}

/** What must be the same everywhere, in the words of an error message. */
std::string settings_of(const JoinOptions& options) {
  return c10::str("worldSize ", options.world_size, ", device ", options.device.is_cuda() ? "cuda" : "cpu",
                  ", libtorch ", runtime_info().torch_version);
}

/** c10d also writes what our errors say to standard error, with C++ stacks. Who sets libtorch's variable reads it. */
void quiet_c10d() {
  if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = kNothingBelowFatal;
}

Meeting open_store(const JoinOptions& options, Deadline deadline, const CancelPtr& cancel) {
  quiet_c10d();
  Meeting meeting;
  c10d::TCPStoreOptions store;
  store.waitWorkers = false;
  store.timeout = std::max(options.timeout, milliseconds(1000));  // it counts in seconds
  std::string host;
  if (options.rank == 0) {
    // It would listen on all addresses by itself.
    auto bound =
        bind_to(options.listen_on.empty() ? options.address : options.listen_on, options.port, deadline, cancel);
    host = meeting.local_address =
        numeric_address(options.listen_on.empty() ? options.address : options.listen_on, deadline, cancel);
    store.isServer = true;
    store.port = bound.port;
    store.masterListenFd = bound.socket.release();
  } else {
    const auto route = wait_for_listener(options.address, options.port, deadline, cancel);
    host = route.remote;
    meeting.local_address =
        options.listen_on.empty() ? route.local : numeric_address(options.listen_on, deadline, cancel);
    store.port = options.port;
  }
  meeting.port = store.port;
  meeting.store = c10::make_intrusive<c10d::TCPStore>(host, store);
  return meeting;
}

void introduce(c10d::Store& store, const JoinOptions& options, Deadline deadline, const CancelPtr& cancel) {
  const auto settings = settings_of(options);
  if (options.rank == 0) {
    store.set(kSettings, settings);
  } else {
    while (!store.check({kSettings})) {
      if (!pause_until(deadline, kPoll, cancel))
        fail(ErrorCode::kProcessGroup, "expected a rank 0 of this program at ", options.address, " port ",
             options.port);
    }
    if (const auto wanted = store.get_to_str(kSettings); wanted != settings) {
      const auto problem =
          c10::str("expected ", wanted, ", as rank 0 has, received ", settings, " from rank ", options.rank);
      store.set(kFailure, problem);
      fail(ErrorCode::kInvalidArgument, problem);
    }
  }
  const auto self = this_process();
  if (const auto owner = store.compareSet(key_of(options.rank), "", self); owner != self)
    fail(ErrorCode::kInvalidArgument, "rank: expected one process for rank ", options.rank, ", received ", self,
         ", but it is that of ", owner);
}

void wait_for_all(c10d::Store& store, const JoinOptions& options, Deadline deadline, const CancelPtr& cancel) {
  std::vector<std::string> keys;
  for (int rank = 0; rank < options.world_size; ++rank) keys.push_back(key_of(rank));
  bool in_time = true;
  while (!store.check(keys)) {
    if (store.check({kFailure})) fail(ErrorCode::kInvalidArgument, store.get_to_str(kFailure));
    if (in_time) {
      in_time = pause_until(deadline, kPoll, cancel);
      continue;
    }
    std::string missing;
    for (int rank = 0; rank < options.world_size; ++rank) {
      if (!store.check({key_of(rank)})) missing += c10::str(missing.empty() ? "" : ", ", rank);
    }
    fail(ErrorCode::kProcessGroup, "expected ", options.world_size, " ranks within ", options.timeout.count(),
         " ms, these did not come: ", missing);
  }
}

}  // namespace

Meeting meet(const JoinOptions& options, Deadline deadline, const CancelPtr& cancel) {
  try {
    auto meeting = open_store(options, deadline, cancel);
    introduce(*meeting.store, options, deadline, cancel);
    check_cancelled(cancel);
    if (options.rank == 0 && options.on_listening) options.on_listening(meeting.port);
    wait_for_all(*meeting.store, options, deadline, cancel);
    return meeting;
  } catch (const c10::Error& error) {
    fail(ErrorCode::kProcessGroup, "lost rank 0 at ", options.address, " port ", options.port,
         " while joining: ", error.what_without_backtrace());
  }
}

}  // namespace srvau
