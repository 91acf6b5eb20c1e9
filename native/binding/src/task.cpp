#include "task.h"

namespace srvau::binding {

Kept keep(const Napi::Object& object) { return std::make_shared<Napi::ObjectReference>(Napi::Persistent(object)); }

Napi::Error to_js_error(Napi::Env env, const Error& error) {
  auto result = Napi::Error::New(env, error.what());
  result.Set("code", Napi::String::New(env, name_of(error.code())));
  return result;
}

void Cancellation::cancel(Napi::Env env) {
  token->cancel();
  if (const auto started = task.lock()) started->reject_if_waiting(env);
}

void Task::run() noexcept {
  if (!begun_.exchange(true)) {
    try {
      token_->check();
      compute(token_);
      if (effect_ == Effect::kNone) token_->check();
    } catch (...) {
      error_ = current_error();
      drop_value();
    }
  }
  drop_work();
}

void Task::settle(Napi::Env env) {
  if (std::exchange(settled_, true)) return;
  const auto self = shared_from_this();
  try {
    if (error_) {
      deferred_.Reject(to_js_error(env, *error_).Value());
    } else {
      deferred_.Resolve(result(env));
    }
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  } catch (...) {
    deferred_.Reject(to_js_error(env, current_error()).Value());
  }
  drop_value();
  drop_finish();
  kept_.clear();
  Environment::of(env)->settled(self);
}

void Task::reject_if_waiting(Napi::Env env) {
  if (begun_.exchange(true)) return;
  error_.emplace(ErrorCode::kCancelled, "cancelled by the caller");
  settle(env);
}

}  // namespace srvau::binding
