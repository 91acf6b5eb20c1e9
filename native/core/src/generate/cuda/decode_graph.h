#pragma once

#include <memory>

#include "generate/step_runner.h"

namespace srvau::cuda {

/** Compiled only with CUDA. `record` false: on the same stream, but launched operator by operator each time. */
std::unique_ptr<StepRunner> make_graph_runner(at::Device device, bool record);

}  // namespace srvau::cuda
