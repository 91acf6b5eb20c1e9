#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/cancel.h"
#include "distributed/join_options.h"

namespace srvau {

/** How the values of all ranks become one. */
enum class Reduction { kSum, kMin, kMax };

/**
 * Processes that compute one thing together, one rank each. Whatever one of them calls here, all must call, in the same
 * order; they wait for each other. Only one thread of a process may use it at a time.
 *
 * All members but the getters throw Error PROCESS_GROUP when another rank has ended, is later than the timeout or does
 * something else; and CANCELLED, which like any other failure in the middle of an exchange ends the group: from then on
 * every call throws, on the other ranks at the latest after the timeout.
 *
 * Traffic is neither encrypted nor authenticated: the network between the ranks must be trusted.
 */
class ProcessGroup {
 public:
  /**
   * Waits for all ranks.
   * @throws Error INVALID_ARGUMENT: an option out of its range, or not that of the other ranks; a rank that is taken;
   * an address or port that cannot be listened on. UNSUPPORTED: no NCCL for a CUDA device. PROCESS_GROUP: ranks that
   * did not come in time, named. CANCELLED.
   */
  static std::shared_ptr<ProcessGroup> join(const JoinOptions& options, const CancelPtr& cancel = nullptr);
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return options_.rank; }
  int world_size() const { return options_.world_size; }
  at::Device device() const { return options_.device; }
  /** Of rank 0. */
  uint16_t port() const { return options_.port; }

  /**
   * Makes sure that all ranks are at the same place of the program. Where they are not, this throws on all of them, and
   * the group goes on.
   * @param place as all ranks put it, with what must be the same there; at most 1 kB
   */
  void meet_at(const std::string& place, const CancelPtr& cancel = nullptr);

  /**
   * Runs `body` after meet_at(what); the same exchanges in it on all ranks, if any. Where it throws on one rank this
   * throws on all: there its own error, elsewhere PROCESS_GROUP with the message of that one. The group goes on.
   */
  void together(const std::string& what, const std::function<void()>& body, const CancelPtr& cancel = nullptr);

  /**
   * Reduces each tensor over the ranks, in place; small ones are sent together. On return they are equal bit for bit on
   * all ranks, and those of two ranks are the plain sum.
   *
   * @param tensors float, double, int32 or int64, on the device of the group; as many and of the same sizes everywhere
   */
  void all_reduce(const std::vector<at::Tensor>& tensors, Reduction reduction, const CancelPtr& cancel = nullptr);

  /** The same for a few numbers. */
  std::vector<double> reduce_numbers(const std::vector<double>& values, Reduction reduction,
                                     const CancelPtr& cancel = nullptr);

  /** Copies each tensor from the rank that owns it to all others, in place. Of any dtype. */
  void share(const std::vector<at::Tensor>& tensors, const std::vector<int>& owners, const CancelPtr& cancel = nullptr);

  /** From one rank to one other, which receives what has its size and dtype. These cannot be cancelled. */
  void send(const at::Tensor& tensor, int to);
  void receive(const at::Tensor& tensor, int from);

 private:
  class Exchange;
  struct Links;

  ProcessGroup(JoinOptions options, std::unique_ptr<Links> links);
  static std::unique_ptr<Links> connect(JoinOptions& options, const std::set<int>& before, const CancelPtr& cancel);
  template <typename Body>
  void guarded(const char* what, Body&& body);
  void end(const std::string& reason) noexcept;
  std::vector<std::string> gather(const std::string& text, const CancelPtr& cancel);

  JoinOptions options_;
  std::unique_ptr<Links> links_;  // null once it has ended
  std::string ended_;             // why
};

}  // namespace srvau
