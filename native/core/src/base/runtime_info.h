#pragma once

#include <string>
#include <vector>

namespace srvau {

/** What tensor code will run on in this process. */
struct RuntimeInfo {
  /** Release of libtorch, e.g. "2.13.0". */
  std::string torch_version;
  /** Threads that one operator may use, >= 1. Belongs to the calling thread: libtorch keeps it per thread. */
  int intra_op_threads;
  /** Widest instruction set libtorch dispatches to, e.g. "AVX512", "AVX2", "DEFAULT". */
  std::string cpu_capability;
  /** This code has its part for CUDA in it, which it has where libtorch has CUDA; a device need not be there. */
  bool cuda_compiled;
  /** CUDA devices this process can use; 0 where libtorch was built without CUDA or finds no driver. */
  int cuda_devices;
  /** E.g. "NVIDIA H100 80GB HBM3, 79 GiB"; one for each of these, where cuda_compiled. */
  std::vector<std::string> cuda_device_names;
};

/** Thread-safe. May initialise the CUDA driver on its first call where libtorch has CUDA. */
RuntimeInfo runtime_info();

}  // namespace srvau
