#pragma once

#include <functional>
#include <memory>

#include <ATen/ATen.h>

namespace srvau {

/**
 * Does the same work on the same buffers again and again. On CUDA the work is recorded once and from then on replayed
 * by one call instead of some thousand launches; elsewhere it is done each time.
 */
class StepRunner {
 public:
  using Part = std::function<void()>;

  virtual ~StepRunner() = default;

  /**
   * Returns when all of it is done, not merely launched.
   *
   * @param stage writes what changes from step to step into the buffers
   * @param work reads and writes those buffers only and never waits for the device; not called when it is replayed,
   *   which writes into the tensors that its last call made
   * @param fetch copies results to the host
   */
  virtual void run(const Part& stage, const Part& work, const Part& fetch) = 0;

  /** To be called when a buffer has moved or changed its shape. */
  virtual void forget() = 0;
};

/** @param record false: never recorded, on no device */
std::unique_ptr<StepRunner> make_step_runner(at::Device device, bool record);

}  // namespace srvau
