#include "generate/cuda/decode_graph.h"

#include <map>
#include <mutex>

#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace srvau::cuda {
namespace {

/**
 * Steps that are launched before the work is recorded. They are real steps; what libraries do when they first see a
 * shape (choosing and loading kernels, workspaces) must not happen while recording.
 */
constexpr int kLaunchedSteps = 1;

/** One for a device: memory that the allocator keeps for later use it keeps for each stream apart. */
c10::cuda::CUDAStream stream_of(at::DeviceIndex device) {
  static std::mutex mutex;
  static std::map<at::DeviceIndex, c10::cuda::CUDAStream> streams;
  const std::lock_guard lock(mutex);
  const auto known = streams.find(device);
  if (known != streams.end()) return known->second;
  return streams.emplace(device, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)).first->second;
}

class GraphRunner final : public StepRunner {
 public:
  GraphRunner(at::Device device, bool record) : record_(record), stream_(stream_of(device.index())) {}

  void run(const Part& stage, const Part& work, const Part& fetch) override {
    // Recording is not allowed on the default stream, where everything else happens: prompts, moves of the buffers.
    c10::Event before(c10::DeviceType::CUDA);
    before.record(c10::cuda::getCurrentCUDAStream(stream_.device_index()).unwrap());
    const c10::cuda::CUDAStreamGuard guard(stream_);
    before.block(stream_.unwrap());
    stage();
    if (graph_) {
      graph_->replay();
    } else if (!record_ || steps_ < kLaunchedSteps) {
      work();
      ++steps_;
    } else {
      record(work);
      graph_->replay();
    }
    fetch();
    stream_.synchronize();
  }

  void forget() override {
    graph_.reset();
    steps_ = 0;
  }

 private:
  void record(const Part& work) {
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    // Of this thread only: compute threads of other devices may allocate meanwhile.
    graph->capture_begin(/*pool=*/{0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      // What failed is the error to be seen, not that its recording cannot be used.
      try {
        graph->capture_end();
      } catch (const c10::Error&) {
        graph->reset();
      }
      throw;
    }
    graph->capture_end();
    graph_ = std::move(graph);
  }

  bool record_;
  c10::cuda::CUDAStream stream_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
  int steps_ = 0;
};

}  // namespace

std::unique_ptr<StepRunner> make_graph_runner(at::Device device, bool record) {
  return std::make_unique<GraphRunner>(device, record);
}

}  // namespace srvau::cuda
