#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <ATen/ATen.h>

namespace srvau {

/** How a process becomes a rank of a group. All ranks say the same but for `rank` and `listen_on`. */
struct JoinOptions {
  int rank = 0;
  int world_size = 1;
  /** Where rank 0 is found: a name or number. */
  std::string address = "127.0.0.1";
  /** Of rank 0, where the others find it. For rank 0 itself 0 is any that is free; see on_listening. */
  uint16_t port = 29500;
  /**
   * Address of this machine, the only one it listens on. "": on rank 0 `address`, on the others the one of the
   * interface through which rank 0 is reached. So by default nothing is heard beyond the loopback interface.
   */
  std::string listen_on;
  /** How long a rank waits for the others, when joining and later in each exchange, their computing included. */
  std::chrono::milliseconds timeout = std::chrono::minutes(10);
  /** Of the tensors that will be exchanged: Gloo for the CPU, NCCL for CUDA. */
  at::Device device = at::kCPU;
  /** Called on rank 0 once the others can come, with the port; on another thread than that of join(). */
  std::function<void(uint16_t port)> on_listening;
};

}  // namespace srvau
