#include "handle.h"

#include "base/error.h"
#include "base/host_memory.h"

namespace srvau::binding {
namespace {

constexpr napi_type_tag kTag = {0x7c1e5a0b93d24f68, 0xa41b6d2f8e07c359};

const char* name_of(HandleKind kind) {
  switch (kind) {
    case HandleKind::kModel:
      return "Model";
    case HandleKind::kTrainer:
      return "Trainer";
    case HandleKind::kClip:
      return "Clip";
    case HandleKind::kProcessGroup:
      return "ProcessGroup";
    case HandleKind::kCancellation:
      return "Cancellation";
  }
  return "handle";
}

struct Holder {
  HandleKind kind;
  std::shared_ptr<void> value;  // null once disposed
  at::Device device;
  int64_t bytes;
  std::weak_ptr<Environment> environment;
};

/** What is destroyed with a job. Its destructor may take long and belongs to the compute thread. */
void release_later(Holder& holder) {
  auto value = std::move(holder.value);
  holder.value = nullptr;
  if (!value) return;
  const auto environment = holder.environment.lock();
  // Torn down: nothing computes any more, so this thread may as well do it.
  if (!environment || environment->closed()) return;
  // Clips come and go with every step; with a model or a trainer ends what its buffers were kept for.
  const bool large = holder.kind == HandleKind::kModel || holder.kind == HandleKind::kTrainer;
  environment->post(holder.device, [value = std::move(value), large]() mutable {
    value.reset();
    if (large) release_host_memory();
  });
}

void adjust_memory(napi_env env, int64_t bytes) {
  int64_t total = 0;
  if (bytes != 0) napi_adjust_external_memory(env, bytes, &total);
}

void finalize(napi_env env, void* data, void*) {
  const std::unique_ptr<Holder> holder(static_cast<Holder*>(data));
  if (holder->value) adjust_memory(env, -holder->bytes);
  release_later(*holder);
}

void check_status(Napi::Env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

/** Null when it is none of ours. */
Holder* holder_of(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
  void* data = nullptr;
  check_status(value.Env(), napi_unwrap(value.Env(), value, &data));
  return static_cast<Holder*>(data);
}

std::string describe(const Napi::Value& value) {
  if (const auto* holder = holder_of(value)) return std::string("a ") + name_of(holder->kind);
  if (value.IsNull()) return "null";
  if (value.IsFunction()) return "a function";
  if (value.IsArray()) return "an array";
  if (value.IsObject()) return "an object that is none";
  return value.ToString().Utf8Value();
}

}  // namespace

Napi::Object make_handle(Napi::Env env, HandleKind kind, std::shared_ptr<void> value, at::Device device,
                         int64_t bytes) {
  auto object = Napi::Object::New(env);
  auto holder = std::make_unique<Holder>(Holder{kind, std::move(value), device, bytes, Environment::of(env)});
  check_status(env, napi_wrap(env, object, holder.get(), finalize, nullptr, nullptr));
  holder.release();
  object.TypeTag(&kTag);
  adjust_memory(env, bytes);
  return object;
}

std::shared_ptr<void> unwrap(const Napi::Value& value, HandleKind kind, const std::string& what) {
  const auto* holder = holder_of(value);
  if (holder == nullptr || holder->kind != kind) {
    throw Napi::TypeError::New(
        value.Env(), c10::str("Expected a ", name_of(kind), " for ", what, " but received ", describe(value)));
  }
  if (!holder->value) {
    throw Napi::TypeError::New(
        value.Env(), c10::str("Expected a ", name_of(kind), " for ", what, " but received one that has been disposed"));
  }
  return holder->value;
}

Napi::Promise dispose_handle(Napi::Env env, const Napi::Value& value) {
  auto* holder = holder_of(value);
  if (holder == nullptr)
    throw Napi::TypeError::New(env, "Expected something to dispose but received " + describe(value));
  if (holder->value) adjust_memory(env, -holder->bytes);
  release_later(*holder);
  // Comes after the release, and after any that was queued by an earlier call.
  Cancellation cancellation;
  return start_task(
      env, holder->device, Effect::kSome, cancellation, [](const CancelPtr&) { return Nothing(); }, nothing);
}

}  // namespace srvau::binding
