#pragma once

#include <chrono>
#include <string>

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace srvau {

/** What a backend is made from. */
struct BackendOptions {
  c10::intrusive_ptr<c10d::Store> store;
  int rank;
  int world_size;
  std::chrono::milliseconds timeout;
  /** Numeric address of this machine that the other ranks connect to; nothing else of it is listened on. */
  std::string address;
  at::Device device;
};

/** For tensors on the CPU. Returns when all ranks are connected with each other. */
c10::intrusive_ptr<c10d::Backend> make_gloo_backend(const BackendOptions& options);

/** For tensors on the CUDA device of this rank; only in builds with CUDA. @throws Error UNSUPPORTED: without nccl.h. */
c10::intrusive_ptr<c10d::Backend> make_nccl_backend(const BackendOptions& options);

}  // namespace srvau
