#include "environment.h"

#include "base/error.h"
#include "task.h"

namespace srvau::binding {

void Environment::install(Napi::Env env) {
  // Shared: finalizers of handles may run after the instance data is gone.
  auto environment = std::shared_ptr<Environment>(new Environment(env));
  env.SetInstanceData(new std::shared_ptr<Environment>(environment));
  // Hooks run last in, first out: this one before that of to_js_, which must work until the tasks have ended.
  env.AddCleanupHook([environment] { environment->close(); });
}

std::shared_ptr<Environment> Environment::of(Napi::Env env) {
  const auto* environment = env.GetInstanceData<std::shared_ptr<Environment>>();
  if (environment == nullptr || (*environment)->closed()) fail(ErrorCode::kInternal, "the environment is torn down");
  return *environment;
}

Environment::Environment(Napi::Env env) : env_(env), threads_(ComputeThreads::shared()) {
  to_js_ = ToJs::New(env, "srvau_native", 0, 1);
  to_js_.Unref(env);
}

void Environment::start(const std::shared_ptr<Task>& task, at::Device device) {
  if (pending_.empty()) to_js_.Ref(env_);
  pending_.insert(task);
  post(device, [self = shared_from_this(), task] {
    task->run();
    self->post_to_js([self, task](Napi::Env env) { task->settle(env); });
  });
}

void Environment::settled(const std::shared_ptr<Task>& task) {
  if (pending_.erase(task) > 0 && pending_.empty() && !closed_) to_js_.Unref(env_);
}

void Environment::post(at::Device device, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    ++jobs_;
  }
  threads_->of(device).post([self = this, job = std::move(job)]() mutable {
    job();
    job = nullptr;
    self->job_done();
  });
}

void Environment::job_done() {
  // Notified under the lock: close() may destroy this as soon as it gets it.
  const std::lock_guard lock(mutex_);
  --jobs_;
  all_done_.notify_all();
}

void Environment::post_to_js(Job job) {
  auto* owned = new Job(std::move(job));
  if (to_js_.NonBlockingCall(owned) != napi_ok) delete owned;
}

void Environment::call_job(Napi::Env env, Napi::Function, std::nullptr_t*, Job* job) {
  const std::unique_ptr<Job> owned(job);
  if (env == nullptr) return;
  (*job)(env);
}

void Environment::close() {
  closed_ = true;
  for (const auto& task : pending_) task->cancel_token().cancel();
  {
    std::unique_lock lock(mutex_);
    all_done_.wait(lock, [this] { return jobs_ == 0; });
  }
  pending_.clear();
  threads_.reset();
}

}  // namespace srvau::binding
