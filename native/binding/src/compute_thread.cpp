#include "compute_thread.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include <ATen/Parallel.h>

#include "base/error.h"

namespace srvau::binding {
namespace {

constexpr const char* kThreadsVariable = "SRVAU_NATIVE_THREADS";

std::atomic<int> chosen_threads{0};  // 0: not yet

int threads_by_default() {
  const char* text = std::getenv(kThreadsVariable);
  if (text == nullptr || *text == '\0') return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  int threads = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, threads);
  SRVAU_REQUIRE(error == std::errc() && rest == end && threads >= 1 && threads <= kMaxCpuThreads,
                "Expected integer from 1 to ", kMaxCpuThreads, " for environment variable ", kThreadsVariable,
                " but received \"", text, "\"");
  return threads;
}

}  // namespace

int cpu_threads() {
  if (const int threads = chosen_threads.load()) return threads;
  const int threads = threads_by_default();
  int none = 0;
  chosen_threads.compare_exchange_strong(none, threads);
  return chosen_threads.load();
}

void set_cpu_threads(int threads) { chosen_threads.store(threads); }

ComputeThread::ComputeThread(at::Device device) : device_(device), thread_([this] { run(); }) {}

ComputeThread::~ComputeThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ComputeThread::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void ComputeThread::run() {
#ifdef __linux__
  pthread_setname_np(pthread_self(), ("srvau-" + device_.str()).c_str());
#endif
  int threads = 0;
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    if (const int wanted = cpu_threads(); wanted != threads) at::set_num_threads(threads = wanted);
    job();
  }
}

std::shared_ptr<ComputeThreads> ComputeThreads::shared() {
  static std::mutex mutex;
  static std::weak_ptr<ComputeThreads> current;
  const std::lock_guard lock(mutex);
  auto threads = current.lock();
  if (!threads) current = threads = std::make_shared<ComputeThreads>();
  return threads;
}

ComputeThread& ComputeThreads::of(at::Device device) {
  const std::lock_guard lock(mutex_);
  auto& thread = threads_[{device.type(), device.has_index() ? device.index() : at::DeviceIndex{0}}];
  if (!thread) thread = std::make_unique<ComputeThread>(device);
  return *thread;
}

}  // namespace srvau::binding
