#pragma once

#include <string>

namespace srvau {

/** What tensor code will run on in this process. */
struct RuntimeInfo {
  /** Release of libtorch, e.g. "2.13.0". */
  std::string torch_version;
  /** Threads that one operator may use, >= 1. Belongs to the calling thread: libtorch keeps it per thread. */
  int intra_op_threads;
  /** Widest instruction set libtorch dispatches to, e.g. "AVX512", "AVX2", "DEFAULT". */
  std::string cpu_capability;
  /** CUDA devices this process can use; 0 where libtorch was built without CUDA or finds no driver. */
  int cuda_devices;
};

/** Thread-safe. May initialise the CUDA driver on its first call where libtorch has CUDA. */
RuntimeInfo runtime_info();

}  // namespace srvau
