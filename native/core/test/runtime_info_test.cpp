#include "srvau/runtime_info.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "check.h"

namespace {

void describes_this_process() {
  at::set_num_threads(1);
  const auto info = srvau::runtime_info();
  SRVAU_CHECK(info.torch_version.starts_with("2."));
  SRVAU_CHECK(info.intra_op_threads == 1);
  SRVAU_CHECK(!info.cpu_capability.empty());
  SRVAU_CHECK(info.cuda_devices >= 0);
  SRVAU_CHECK((info.cuda_devices > 0) == at::hasCUDA());
}

// Linking against libtorch is not enough: this fails where a kernel library is missing at run time.
void computes() {
  const auto x = at::arange(6, at::kFloat).reshape({2, 3});  // (2, 3)
  const auto product = at::matmul(x, x.t());                 // (2, 2)
  SRVAU_CHECK(at::equal(product, at::tensor({5.F, 14.F, 14.F, 50.F}).reshape({2, 2})));
}

}  // namespace

int main() {
  describes_this_process();
  computes();
  return 0;
}
