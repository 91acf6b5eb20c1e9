#include "distributed/backend.h"

// NCCL's header is not part of libtorch; pip brings it in a package beside it.
#if __has_include(<nccl.h>)
#include <cstdlib>

#define USE_C10D_NCCL  // of libtorch: the header is empty without
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

namespace srvau {

c10::intrusive_ptr<c10d::Backend> make_nccl_backend(const BackendOptions& options) {
  // Its watchdog would end the process when a rank is late; we want an error. So it only cleans up, and that after our
  // own timeout. Whoever has set the variable knows better.
  ::setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "2", /*overwrite=*/0);
  auto nccl = c10d::ProcessGroupNCCL::Options::create();
  nccl->timeout = 2 * options.timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(options.store, options.rank, options.world_size, std::move(nccl));
}

}  // namespace srvau
#else
#include "base/error.h"

namespace srvau {

c10::intrusive_ptr<c10d::Backend> make_nccl_backend(const BackendOptions& options) {
  fail(ErrorCode::kUnsupported, "device: expected cpu, as this build had no nccl.h, received ", options.device);
}

}  // namespace srvau
#endif
