#include "gpu/device.h"

#ifdef SRVAU_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>
#endif

namespace srvau {

#ifdef SRVAU_CUDA

void wait_for(at::Device device) {
  if (!device.is_cuda()) return;
  const c10::cuda::CUDAGuard guard(device);
  c10::cuda::device_synchronize();
}

int64_t peak_bytes(at::Device device) {
  if (!device.is_cuda()) return 0;
  // The first of the statistics is of all pools together.
  return c10::cuda::CUDACachingAllocator::getDeviceStats(device.index()).allocated_bytes[0].peak;
}

void reset_peak(at::Device device) {
  if (device.is_cuda()) c10::cuda::CUDACachingAllocator::resetPeakStats(device.index());
}

std::string describe(at::Device device) {
  if (!device.is_cuda()) return "cpu";
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device.index()));
  return c10::str(properties.name, ", ", properties.totalGlobalMem >> 30, " GiB, compute capability ", properties.major,
                  ".", properties.minor);
}

#else

void wait_for(at::Device) {}
int64_t peak_bytes(at::Device) { return 0; }
void reset_peak(at::Device) {}
std::string describe(at::Device) { return "cpu"; }

#endif

}  // namespace srvau
