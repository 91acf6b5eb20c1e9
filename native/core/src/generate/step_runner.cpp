#include "generate/step_runner.h"

#ifdef SRVAU_CUDA
#include "generate/cuda/decode_graph.h"
#endif

namespace srvau {
namespace {

class EagerRunner final : public StepRunner {
 public:
  void run(const Part& stage, const Part& work, const Part& fetch) override {
    stage();
    work();
    fetch();
  }
  void forget() override {}
};

}  // namespace

std::unique_ptr<StepRunner> make_step_runner([[maybe_unused]] at::Device device, [[maybe_unused]] bool record) {
#ifdef SRVAU_CUDA
  if (device.is_cuda()) return cuda::make_graph_runner(device, record);
#endif
  return std::make_unique<EagerRunner>();
}

}  // namespace srvau
