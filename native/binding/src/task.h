#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <napi.h>

#include "base/cancel.h"
#include "base/error.h"
#include "environment.h"

namespace srvau::binding {

/** An object that must stay alive while C++ reads its memory. Made and destroyed on the JavaScript thread. */
using Kept = std::shared_ptr<Napi::ObjectReference>;
Kept keep(const Napi::Object& object);

/** What can end a task: made before it, and of use to one task. */
struct Cancellation {
  std::shared_ptr<CancelToken> token = std::make_shared<CancelToken>();
  std::weak_ptr<Task> task;

  /** On the JavaScript thread. A task that has not begun is settled at once. */
  void cancel(Napi::Env env);
};

/** Whether something stays changed by a call, beyond what it resolves to. */
enum class Effect {
  kNone,  // cancelled in time or not, it rejects and its result is destroyed
  kSome,  // it rejects only when it was really stopped: who reads the rejection must be able to rely on that
};

/**
 * One asynchronous call. What it computes with is destroyed on the compute thread, what JavaScript sees of it on the
 * JavaScript thread, wherever the task itself ends.
 */
class Task : public std::enable_shared_from_this<Task> {
 public:
  Task(Napi::Env env, Effect effect, std::shared_ptr<CancelToken> token, std::vector<Kept> kept)
      : effect_(effect),
        deferred_(Napi::Promise::Deferred::New(env)),
        token_(std::move(token)),
        kept_(std::move(kept)) {}
  virtual ~Task() = default;

  Napi::Promise promise() const { return deferred_.Promise(); }
  CancelToken& cancel_token() const { return *token_; }

  /** On the compute thread. Computes, unless it was cancelled before. */
  void run() noexcept;
  /** On the JavaScript thread. Resolves or rejects the promise, once. */
  void settle(Napi::Env env);
  /** On the JavaScript thread: rejects at once when it has not begun. */
  void reject_if_waiting(Napi::Env env);

 protected:
  virtual void compute(const CancelPtr& cancel) = 0;
  virtual void drop_work() noexcept = 0;
  virtual Napi::Value result(Napi::Env env) = 0;
  virtual void drop_value() noexcept = 0;
  virtual void drop_finish() noexcept = 0;

 private:
  const Effect effect_;
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<CancelToken> token_;
  std::vector<Kept> kept_;
  std::optional<Error> error_;
  std::atomic<bool> begun_{false};
  bool settled_ = false;
};

/** Ours as a JavaScript Error whose `code` says which. */
Napi::Error to_js_error(Napi::Env env, const Error& error);

template <typename Work, typename Finish>
class TaskOf final : public Task {
 public:
  TaskOf(Napi::Env env, Effect effect, std::shared_ptr<CancelToken> token, std::vector<Kept> kept, Work work,
         Finish finish)
      : Task(env, effect, std::move(token), std::move(kept)), work_(std::move(work)), finish_(std::move(finish)) {}

 protected:
  void compute(const CancelPtr& cancel) override { value_.emplace((*work_)(cancel)); }
  void drop_work() noexcept override { work_.reset(); }
  Napi::Value result(Napi::Env env) override { return (*finish_)(env, *value_); }
  void drop_value() noexcept override { value_.reset(); }
  void drop_finish() noexcept override { finish_.reset(); }

 private:
  using Value = decltype(std::declval<Work&>()(std::declval<const CancelPtr&>()));

  std::optional<Work> work_;
  std::optional<Finish> finish_;
  std::optional<Value> value_;
};

/** Result of work that has none. */
using Nothing = std::monostate;
inline Napi::Value nothing(Napi::Env env, Nothing&) { return env.Undefined(); }

/**
 * Starts an asynchronous call.
 *
 * @param work (const CancelPtr&) -> Value, on the device's thread; its captures hold no JavaScript
 * @param finish (Napi::Env, Value&) -> Napi::Value, on the JavaScript thread
 * @param kept what must live until the promise is settled
 */
template <typename Work, typename Finish>
Napi::Promise start_task(Napi::Env env, at::Device device, Effect effect, Cancellation& cancellation, Work work,
                         Finish finish, std::vector<Kept> kept = {}) {
  cpu_threads();  // throws here rather than on the compute thread
  const auto environment = Environment::of(env);
  const auto task = std::make_shared<TaskOf<Work, Finish>>(env, effect, cancellation.token, std::move(kept),
                                                           std::move(work), std::move(finish));
  cancellation.task = task;
  environment->start(task, device);
  return task->promise();
}

}  // namespace srvau::binding
