#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <ATen/ATen.h>

namespace srvau::binding {

/** Threads that one operator may use on the CPU: set_cpu_threads, else SRVAU_NATIVE_THREADS, else all processors.
 * @throws Error INVALID_ARGUMENT: that variable is no integer from 1 to kMaxCpuThreads. */
int cpu_threads();

constexpr int kMaxCpuThreads = 1024;

/** 1 to kMaxCpuThreads. From the next job on, in the whole process. */
void set_cpu_threads(int threads);

/**
 * Runs jobs of one device one after the other, in the order they came in. A thread of its own rather than libuv's pool:
 * libtorch keeps its number of threads, its gradient mode and the current CUDA device for each thread, and a job of
 * minutes must not hold up file access and DNS.
 */
class ComputeThread {
 public:
  explicit ComputeThread(at::Device device);
  /** Runs what is in the queue, then ends. */
  ~ComputeThread();
  ComputeThread(const ComputeThread&) = delete;
  ComputeThread& operator=(const ComputeThread&) = delete;

  /** From any thread. `job` must not throw; it is destroyed on the compute thread too. */
  void post(std::function<void()> job);

 private:
  void run();

  const at::Device device_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool ending_ = false;
  std::thread thread_;  // last: starts when all else is there
};

/**
 * The compute threads of the process, each started when it is first asked for. They end with the last environment that
 * holds them, before static objects of libtorch are destroyed.
 */
class ComputeThreads {
 public:
  static std::shared_ptr<ComputeThreads> shared();
  ComputeThread& of(at::Device device);

 private:
  std::mutex mutex_;
  std::map<std::pair<at::DeviceType, at::DeviceIndex>, std::unique_ptr<ComputeThread>> threads_;
};

}  // namespace srvau::binding
