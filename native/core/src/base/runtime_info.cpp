#include "base/runtime_info.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/util/StringUtil.h>
#include <torch/headeronly/version.h>

#ifdef SRVAU_CUDA
#include <cuda_runtime_api.h>
#endif

namespace srvau {
namespace {

#ifdef SRVAU_CUDA
constexpr bool kCudaCompiled = true;

std::vector<std::string> names_of(int devices) {
  std::vector<std::string> names;
  for (int i = 0; i < devices; ++i) {
    cudaDeviceProp properties{};
    const bool known = cudaGetDeviceProperties(&properties, i) == cudaSuccess;
    names.push_back(known ? c10::str(properties.name, ", ", properties.totalGlobalMem >> 30, " GiB") : "unknown");
  }
  return names;
}
#else
constexpr bool kCudaCompiled = false;

std::vector<std::string> names_of(int) { return {}; }
#endif

}  // namespace

RuntimeInfo runtime_info() {
  const int devices = at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  return RuntimeInfo{
      .torch_version = TORCH_VERSION,
      .intra_op_threads = at::get_num_threads(),
      .cpu_capability = at::get_cpu_capability(),
      .cuda_compiled = kCudaCompiled,
      .cuda_devices = devices,
      .cuda_device_names = names_of(devices),
  };
}

}  // namespace srvau
