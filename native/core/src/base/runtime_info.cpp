#include "base/runtime_info.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/headeronly/version.h>

namespace srvau {

RuntimeInfo runtime_info() {
  return RuntimeInfo{
      .torch_version = TORCH_VERSION,
      .intra_op_threads = at::get_num_threads(),
      .cpu_capability = at::get_cpu_capability(),
      .cuda_devices = at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0,
  };
}

}  // namespace srvau
