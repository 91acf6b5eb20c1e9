#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>

#include <napi.h>

#include "compute_thread.h"

namespace srvau::binding {

class Task;

/**
 * One Node.js environment: the main thread or a worker. It knows what it has under way, keeps the event loop alive for
 * that long, and when it is torn down cancels and awaits it: nothing of it computes once its JavaScript is gone.
 *
 * All members but post_to_js and job_done belong to the environment's own thread.
 */
class Environment : public std::enable_shared_from_this<Environment> {
 public:
  static void install(Napi::Env env);
  /** @throws Error INTERNAL when it is torn down. */
  static std::shared_ptr<Environment> of(Napi::Env env);

  /** Hands a task to the thread of a device. */
  void start(const std::shared_ptr<Task>& task, at::Device device);
  /** To be called when a task has told JavaScript how it ended. */
  void settled(const std::shared_ptr<Task>& task);
  /** A job without a result: what is to be destroyed on the thread of its device. */
  void post(at::Device device, std::function<void()> job);
  /** Runs `job` on the JavaScript thread, in the order of the calls; only destroys it when that is torn down. */
  void post_to_js(std::function<void(Napi::Env)> job);
  bool closed() const noexcept { return closed_; }

 private:
  using Job = std::function<void(Napi::Env)>;
  static void call_job(Napi::Env env, Napi::Function, std::nullptr_t*, Job* job);
  using ToJs = Napi::TypedThreadSafeFunction<std::nullptr_t, Job, call_job>;

  explicit Environment(Napi::Env env);
  void close();
  void job_done();

  Napi::Env env_;
  ToJs to_js_;
  std::shared_ptr<ComputeThreads> threads_;
  std::unordered_set<std::shared_ptr<Task>> pending_;
  bool closed_ = false;

  std::mutex mutex_;
  std::condition_variable all_done_;
  size_t jobs_ = 0;  // with the compute threads
};

}  // namespace srvau::binding
