// The only file that includes the Gloo part of c10d: what comes out is a c10d::Backend like any other.
#define USE_C10D_GLOO  // of libtorch: the header is empty without
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "distributed/backend.h"

namespace srvau {

c10::intrusive_ptr<c10d::Backend> make_gloo_backend(const BackendOptions& options) {
  auto gloo = c10d::ProcessGroupGloo::Options::create(options.timeout);
  gloo->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(options.address));
  return c10::make_intrusive<c10d::ProcessGroupGloo>(options.store, options.rank, options.world_size, std::move(gloo));
}

}  // namespace srvau
